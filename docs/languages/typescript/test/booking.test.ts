import { describe, expect } from "vitest";
import { book, bookFirstSlot } from "../src/booking.js";
import { isSigned } from "../src/webhook.js";
import { test } from "./world.js";

const INTRO = 1; // An event type of the default world, 15 minutes long.
const ada = { name: "Ada", email: "ada@example.com", timeZone: "Europe/London" };

describe.concurrent("bookings", () => {
  test("the first free slot of a day is booked", async ({ world }) => {
    await world.freezeClock("2030-01-07T09:00:00Z");
    const booking = await bookFirstSlot(world.cal, INTRO, "2030-01-08", ada);
    expect(booking).toMatchObject({ status: "accepted", start: "2030-01-08T09:00:00.000Z" });
  });

  test("a slot that was booked is not free", async ({ world }) => {
    await world.freezeClock("2030-01-07T09:00:00Z");
    await bookFirstSlot(world.cal, INTRO, "2030-01-08", ada);
    await expect(book(world.cal, INTRO, "2030-01-08T09:00:00Z", ada)).rejects.toThrow("already has booking");
    await expect(bookFirstSlot(world.cal, INTRO, "2030-01-08", ada)).resolves.toMatchObject({
      start: "2030-01-08T09:15:00.000Z",
    });
  });

  test("webhooks are signed, and the end of a meeting is announced", async ({ world }) => {
    await world.freezeClock("2030-01-07T09:00:00Z");
    await world.cal.POST("/v2/webhooks", {
      body: {
        active: true,
        subscriberUrl: world.inbox("app"),
        triggers: ["BOOKING_CREATED", "MEETING_ENDED"],
        secret: "not-so-secret",
      },
    });
    await bookFirstSlot(world.cal, INTRO, "2030-01-08", ada);
    await world.advanceClock(25 * 60);

    const webhooks = await world.received("app", 2);
    expect(webhooks.map(({ body }) => JSON.parse(body).triggerEvent)).toEqual(["BOOKING_CREATED", "MEETING_ENDED"]);
    for (const { body, headers } of webhooks) {
      expect(isSigned(body, headers["x-cal-signature-256"], "not-so-secret")).toBe(true);
      expect(isSigned(body, headers["x-cal-signature-256"], "another secret")).toBe(false);
    }
  });
});
