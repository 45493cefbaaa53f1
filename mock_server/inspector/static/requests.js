/** The requests that the world has answered: a live list, and one of them with all that it caused. */

import { announce, button, choice, code, element, facts, fieldsOf, fill, form, labelled, link, row, section, table } from "./dom.js";
import { badge, brief, callerText, clockTime, curl, pretty, status, time } from "./formats.js";
import { call, manifest, WORLD_URL } from "./http.js";
import { liveList } from "./live.js";
import { changesTable } from "./state.js";

const COLUMNS = ["No.", "Time (UTC)", "Status", "Request", "Operation", "Caller", "ms"];
const STATUSES = [["", "any"], "2xx", "3xx", "4xx", "5xx", "400", "401", "403", "404", "409", "422", "429", "500"];
const KINDS = ["api-key", "access-token", "oauth-client", "third-party-token", "none"];

/**
 * Shows the list, or the request whose number is in the address.
 * @param {HTMLElement} pane
 * @param {{parts: string[], query: URLSearchParams, signal: AbortSignal}} place
 */
export async function show(pane, place) {
  await (place.parts[0] ? showOne(pane, place) : showList(pane, place));
}

async function showList(pane, { query, signal }) {
  const { operations, credentials } = await manifest();
  const list = liveList({
    path: "requests",
    name: "requests",
    key: "number",
    caption: "Requests, newest first",
    columns: COLUMNS,
    rowOf: requestRow,
    empty: "No requests. New ones appear here as they are made.",
    signal,
  });
  const filter = filterForm(query, operations, credentials, load);

  async function load() {
    if (signal.aborted) return; // The address is that of another pane, which is shown.
    const chosen = fieldsOf(filter);
    const search = new URLSearchParams(chosen).toString();
    history.replaceState(null, "", `#/requests${search && `?${search}`}`);
    await list.load({ ...chosen, summary: true });
  }

  const clear = button("Clear the journal", async () => {
    await call("requests", { method: "DELETE" });
    await load();
  });
  fill(pane, element("h1", {}, "Requests"), filter, list.view, element("p", {}, clear));
  await load();
}

function filterForm(query, operations, { apiKeys }, load) {
  const users = apiKeys.map((key) => [String(key.userId), `${key.userId} ${key.email}`]);
  const made = form(
    "Filter",
    load,
    labelled("Status", choice("status", STATUSES, query.get("status") ?? "")),
    labelled("Operation", element("input", { name: "operation", list: "operations", value: query.get("operation") })),
    element("datalist", { id: "operations" }, ...operations.map(({ id }) => element("option", { value: id }))),
    labelled("Caller", choice("caller", [["", "any"], ...users, ...KINDS], query.get("caller") ?? "")),
    labelled("Text", element("input", { name: "text", type: "search", value: query.get("text") })),
    element("button", {}, "Filter"),
  );
  made.addEventListener("change", () => made.requestSubmit());
  return made;
}

function requestRow(entry) {
  const notes = [
    entry.fault && badge(entry.fault, "bad"),
    entry.refusedBy && element("span", {}, `refused by ${refusalText(entry.refusedBy, entry.refusedBy.function)}`),
    entry.hint && element("span", { class: "muted" }, brief(entry.hint, 160)),
  ];
  return row(
    link(`#/requests/${entry.number}`, entry.number),
    clockTime(entry.at),
    status(entry.reply?.status),
    element("div", {}, element("span", { class: "mono" }, `${entry.request.method} ${entry.request.url}`), element("div", { class: "notes" }, ...notes.filter(Boolean))),
    entry.operation ?? "",
    callerText(entry.caller),
    entry.durationMs.toFixed(1),
  );
}

/** The stage that refused a request, with the rule of `x-access`, or with the function for the rule of an operation. */
function refusalText({ stage, rule }, name = null) {
  const detail = rule ?? (stage === "operation" ? name : null);
  return detail === null ? stage : `${stage} (${detail})`;
}

async function showOne(pane, { parts: [number], signal }) {
  const [entry, { credentials }] = await Promise.all([call(`requests/${encodeURIComponent(number)}`), manifest()]);
  const again = async () => {
    const made = await call(`requests/${entry.number}/replay`, { method: "POST" });
    announce(`Sent again as request ${made.number}.`);
    if (!signal.aborted) location.hash = `#/requests/${made.number}`;
  };
  fill(
    pane,
    element("p", {}, link("#/requests", "All requests")),
    element("h1", {}, `${entry.request.method} ${entry.request.url}`),
    element("p", { class: "actions" }, status(entry.reply?.status), button("Send again", again, { class: "main" })),
    summary(entry),
    section("Request", messageView(entry.request)),
    section("Reply", entry.reply === null ? element("p", {}, "The client got no reply.") : messageView(entry.reply)),
    ...(await effects(entry)),
    section("As curl", code(curl(entry, WORLD_URL, credentials), "the curl command")),
  );
}

function summary(entry) {
  const { refusedBy, contract, caller } = entry;
  return facts([
    ["Time (UTC)", time(entry.at)],
    ["Operation", entry.operation && `${entry.operation}${entry.generated ? " (reply generated from the example)" : ""}`],
    ["Caller", caller?.userId ? link(`#/state/users/${caller.userId}`, callerText(caller)) : callerText(caller)],
    ["Duration", `${entry.durationMs} ms`],
    ["Refused by", refusedBy && element("strong", { class: "bad" }, refusalText(refusedBy))],
    ["Because", entry.reply?.body?.error?.message],
    ["In the code", refusedBy && element("span", { class: "mono" }, refusedBy.function)],
    ["Slots", refusedBy && slotsLink(entry.request.body)],
    ["Hint", entry.hint],
    ["Fault", entry.fault && link("#/faults", entry.fault)],
    ["Contract", contract && (contract.fits ? badge("fits the description", "good") : badge(contract.breach, "bad"))],
    ["Request id", element("span", { class: "mono" }, entry.requestId)],
  ]);
}

/** Where the slots of the day of a refused booking are explained. */
function slotsLink(body) {
  const { eventTypeId, start } = body ?? {};
  if (!eventTypeId || typeof start !== "string") return null;
  const day = start.slice(0, 10);
  return link(`#/slots?${new URLSearchParams({ eventTypeId, start: day, end: day })}`, `Why is there no slot on ${day}?`);
}

function messageView({ headers, body }) {
  const entries = Object.entries(headers);
  return element(
    "div",
    {},
    element("details", {}, element("summary", {}, `Headers (${entries.length})`), facts(entries)),
    body === null ? element("p", { class: "muted" }, "No body.") : code(pretty(body), "the body"),
  );
}

/** The commit, the deliveries and the messages that a request caused. */
async function effects({ commit, requestId }) {
  const query = { requestId };
  const [changes, { deliveries }, { data }] = await Promise.all([
    commit === null ? [] : changesOf(commit),
    call("webhooks/deliveries", { query }),
    call("outbox", { query }),
  ]);
  return [
    commit === null ? null : section(`Commit ${commit}`, changesTable("Changed rows", changes)),
    deliveries.length ? section("Webhooks", table("Deliveries", ["No.", "Trigger", "To", "Status"], deliveries.map(deliveryRow))) : null,
    data.length ? section("Messages", table("Messages", ["No.", "To", "Subject"], data.map(messageRow))) : null,
  ].filter(Boolean);
}

async function changesOf(version) {
  const { commits } = await call("commits", { query: { since: version - 1, limit: 1 } });
  return commits.find((commit) => commit.version === version)?.changes ?? [];
}

function deliveryRow(delivery) {
  return row(link(`#/webhooks/${delivery.id}`, delivery.id), delivery.trigger, delivery.subscriberUrl, delivery.status);
}

function messageRow(message) {
  return row(link(`#/outbox/${message.id}`, message.id), message.to, message.subject ?? brief(message.text));
}
