// A world of the sandbox for each test: tests may run at the same time and book the same slots.
import { test as base } from "vitest";
import { connect, type Cal } from "../src/booking.js";

const SANDBOX = process.env.CAL_MOCK_URL ?? "http://127.0.0.1:8080";
const TOKEN: Record<string, string> = process.env.CAL_MOCK_TOKEN ? { "Sandbox-Token": process.env.CAL_MOCK_TOKEN } : {};

interface Received {
  body: string;
  headers: Record<string, string>;
}

export class World {
  constructor(
    readonly url: string,
    readonly cal: Cal,
  ) {}

  /** Stops the clock of this world at a time. */
  async freezeClock(now: string): Promise<void> {
    await control(this.url, "PUT", "/clock", { now, frozen: true });
  }

  /** Moves the clock. Reminders, ends of meetings and whatever else falls due happens now. */
  async advanceClock(minutes: number): Promise<void> {
    await control(this.url, "POST", "/clock/advance", { minutes });
  }

  /** The address of an inbox, to be used as a webhook's `subscriberUrl`. */
  inbox(name: string): string {
    return `${this.url}/_sandbox/webhooks/inbox/${name}`;
  }

  /** What an inbox received, once it has at least `count` webhooks. */
  async received(name: string, count: number): Promise<Received[]> {
    return (await control(this.url, "GET", `/webhooks/inbox/${name}?count=${count}&wait=5`)).received;
  }
}

async function control(url: string, method: string, path: string, body?: unknown): Promise<any> {
  const reply = await fetch(`${url}/_sandbox${path}`, {
    method,
    headers: { "Content-Type": "application/json", ...TOKEN },
    body: JSON.stringify(body),
  });
  if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
  return reply.status === 204 ? undefined : reply.json();
}

export const test = base.extend<{ world: World }>({
  world: async ({}, use) => {
    const { id, url } = await control(SANDBOX, "POST", "/worlds", {});
    await use(new World(SANDBOX + url, connect(SANDBOX + url, "cal_sandbox_solo")));
    await control(SANDBOX, "DELETE", `/worlds/${id}`);
  },
});
