/** Webhooks: subscriptions, sample events, and a live list of deliveries with what was sent and answered. */

import { causeLink } from "./cause.js";
import { announce, button, choice, code, element, facts, fill, form, labelled, link, row, section, table } from "./dom.js";
import { badge, count, pretty, status, time } from "./formats.js";
import { call, manifest } from "./http.js";
import { liveList } from "./live.js";

const KINDS = { delivered: "good", waiting: "neutral", sending: "neutral", failed: "bad", refused: "bad", dropped: "bad" };
const SUBSCRIBERS = 50;

/**
 * Shows the list, or the delivery whose number is in the address.
 * @param {HTMLElement} pane
 * @param {{parts: string[], signal: AbortSignal}} place
 */
export async function show(pane, { parts: [number], signal }) {
  await (number === undefined ? showList(pane, signal) : showOne(pane, number, signal));
}

async function showList(pane, signal) {
  const [{ triggers }, { rows: webhooks, total }] = await Promise.all([manifest(), call("state/webhooks", { query: { limit: SUBSCRIBERS } })]);
  const deliveries = liveList({
    path: "webhooks/deliveries",
    name: "deliveries",
    caption: "Deliveries, newest first",
    columns: ["No.", "World's time (UTC)", "Trigger", "Status", "To"],
    rowOf: deliveryRow,
    empty: "No deliveries. They appear here as events happen.",
    signal,
  });
  fill(
    pane,
    element("h1", {}, "Webhooks"),
    triggerForm(triggers),
    section("Deliveries", deliveries.view),
    section("Subscriptions", subscriptionTable(webhooks, total)),
  );
  await deliveries.load();
}

function triggerForm(triggers) {
  return form(
    "Send a sample",
    async ({ trigger, url }) => {
      const { deliveries } = await call("webhooks/trigger", { method: "POST", body: { trigger, ...(url ? { subscriberUrls: [url] } : {}) } });
      announce(deliveries.length ? `Sent to ${count(deliveries.length, "subscriber")}.` : `No active webhook subscribes to ${trigger}.`, !deliveries.length);
    },
    labelled("Sample of", choice("trigger", triggers)),
    labelled("To (all that subscribe)", element("input", { name: "url", type: "url", placeholder: "http://127.0.0.1:3000/hook" })),
    element("button", {}, "Send"),
  );
}

function subscriptionTable(webhooks, total) {
  if (!total) return element("p", { class: "muted" }, "There are no webhooks in this world.");
  const rows = webhooks.map(({ id, subscriber_url: url, triggers, active, secret }) =>
    row(link(`#/state/webhooks/${encodeURIComponent(id)}`, url), badge(active ? "active" : "inactive", active ? "good" : "neutral"), triggers.join(", "), secret ? "signed" : "without a secret"),
  );
  return table(`${webhooks.length} of ${total} webhooks`, ["Subscriber", "State", "Triggers", "Signature"], rows);
}

function deliveryRow({ id, at, trigger, subscriberUrl, status: state, reply, reason }) {
  const outcome = element("span", {}, badge(state, KINDS[state]), " ", reply ? status(reply.status) : null);
  return row(link(`#/webhooks/${id}`, id), time(at), trigger, outcome, element("div", {}, subscriberUrl, reason ? element("div", { class: "bad" }, reason) : null));
}

async function showOne(pane, number, signal) {
  const delivery = await call(`webhooks/deliveries/${encodeURIComponent(number)}`);
  const { id, request, reply, signature, status: state, webhookId } = delivery;
  const replay = async () => {
    const again = await call(`webhooks/deliveries/${id}/replay`, { method: "POST" });
    announce(`Sent again as delivery ${again.id}.`);
    if (!signal.aborted) location.hash = `#/webhooks/${again.id}`;
  };
  fill(
    pane,
    element("p", {}, link("#/webhooks", "All deliveries")),
    element("h1", {}, `${delivery.trigger}, delivery ${id}`),
    element("p", { class: "actions" }, badge(state, KINDS[state]), button("Replay", replay, { class: "main" })),
    facts([
      ["World's time (UTC)", time(delivery.at)],
      ["To", delivery.subscriberUrl],
      ["Address", request.address],
      ["Webhook", webhookId && link(`#/state/webhooks/${encodeURIComponent(webhookId)}`, webhookId)],
      ["Reason", delivery.reason],
      ["Attempts", delivery.attempts],
      ["Duration", delivery.durationMs === null ? null : `${delivery.durationMs} ms`],
      ["Replay of", delivery.replayOf && link(`#/webhooks/${delivery.replayOf}`, delivery.replayOf)],
      ["Caused by", await causeLink(delivery.requestId)],
    ]),
    section("Payload", code(payload(request.body), "the payload")),
    section("Signature", element("p", {}, element("span", { class: "mono" }, signature ?? "none")), element("p", { class: "muted" }, "The hexadecimal HMAC-SHA256 of the exact bytes of the body, with the webhook's secret:"), code("openssl dgst -sha256 -hmac \"$WEBHOOK_SECRET\" -r < body.json", "the command")),
    section("Request headers", facts(Object.entries(request.headers))),
    section("Reply", reply === null ? element("p", {}, "There was none.") : element("div", {}, status(reply.status), facts(Object.entries(reply.headers)), reply.body ? code(reply.body, "the reply") : null)),
  );
}

function payload(body) {
  try {
    return pretty(JSON.parse(body));
  } catch {
    return body;
  }
}
