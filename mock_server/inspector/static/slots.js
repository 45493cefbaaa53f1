/** Why there is no slot: a picture of each day, with the slots that each rule removed. */

import { choice, element, fill, form, labelled, row, svg, table } from "./dom.js";
import { count } from "./formats.js";
import { call } from "./http.js";

const ROW_HEIGHT = 26;
const LABEL_WIDTH = 112;
const DAY_WIDTH = 760;

/**
 * Shows the form, and the explanation where the address has a query.
 * @param {HTMLElement} pane
 * @param {{query: URLSearchParams}} place with the query of `GET /v2/slots`
 */
export async function show(pane, { query }) {
  const [{ rows: eventTypes }, { now }] = await Promise.all([call("state/event_types", { query: { limit: 100 } }), call("clock")]);
  const today = now.slice(0, 10);
  const found = element("div", {});
  const ask = form(
    "Search for slots",
    (fields) => (location.hash = `#/slots?${new URLSearchParams(fields)}`),
    labelled("Event type", choice("eventTypeId", eventTypes.map(({ id, title, length }) => [String(id), `${id} ${title}, ${length} min`]), query.get("eventTypeId") ?? "")),
    labelled("From", element("input", { name: "start", type: "date", value: query.get("start") ?? today, required: true })),
    labelled("To", element("input", { name: "end", type: "date", value: query.get("end") ?? today, required: true })),
    labelled("Time zone", element("input", { name: "timeZone", value: query.get("timeZone") ?? "UTC", required: true })),
    element("button", { class: "main" }, "Explain"),
  );
  fill(
    pane,
    element("h1", {}, "Why is there no slot?"),
    ask,
    found,
    element("p", { class: "muted" }, "The same as JSON: GET /_sandbox/explain/slots takes every query of GET /v2/slots."),
  );
  if (query.get("eventTypeId")) found.replaceChildren(...explanation(await call("explain/slots", { query: Object.fromEntries(query) })));
}

function explanation({ days, length, hosts }) {
  const entries = Object.entries(days);
  if (!entries.length) return [element("p", {}, "No slots are planned in this period, and no rule removed one.")];
  return [element("p", {}, `${count(hosts.length, "host")}, slots of ${count(length, "minute")}.`), ...entries.map(([date, day]) => dayView(date, day, length))];
}

function dayView(date, day, length) {
  const answer = day.offered ? `${day.offered} of ${day.planned} slots are offered` : day.planned ? `none of ${day.planned} slots is offered` : "no slots are planned";
  const reasons = day.rules.map(({ rule, because, removed, added }) =>
    row(element("strong", {}, rule), because, removed.length, removed.length ? times(removed) : "", added.length ? times(added) : ""),
  );
  return element(
    "section",
    {},
    element("h2", {}, `${date}: ${answer}`),
    day.planned || day.offered ? picture(date, day, length) : null,
    reasons.length ? table("Rules that changed this day", ["Rule", "Why", "Removed", "Starts removed", "Starts added"], reasons) : element("p", {}, "No rule removed a slot."),
  );
}

function times(starts) {
  return starts.map((start) => start.slice(11, 16)).join(" ");
}

/** A row for the working hours, one for each rule that changed something, and one for what is left. */
function picture(date, day, length) {
  const rules = day.rules.filter(({ removed, added }) => removed.length || added.length);
  const lines = [
    { name: "Working hours", marks: marked(day.plannedStarts, "planned") },
    ...rules.map(({ rule, removed, added }) => ({ name: rule, marks: [...marked(removed, "removed"), ...marked(added, "added")] })),
    { name: "Offered", marks: marked(day.offeredStarts, "offered") },
  ];
  const all = lines.flatMap(({ marks }) => marks.map(({ at }) => at));
  const first = Math.floor(Math.min(...all) / 60) * 60;
  const last = Math.ceil((Math.max(...all) + length) / 60) * 60;
  const x = (minutes) => LABEL_WIDTH + ((minutes - first) / (last - first)) * DAY_WIDTH;
  const height = (lines.length + 1) * ROW_HEIGHT;
  const hours = Array.from({ length: (last - first) / 60 + 1 }, (_, number) => first + number * 60);
  const drawn = svg(
    "svg",
    { class: "day", width: LABEL_WIDTH + DAY_WIDTH + 20, height: height + 4, role: "img", "aria-label": `Slots of ${date} by rule; the table below has them as text` },
    ...hours.map((minutes) => svg("line", { class: "grid", x1: x(minutes), x2: x(minutes), y1: 16, y2: height })),
    ...hours.map((minutes) => svg("text", { class: "label", x: x(minutes), y: 12, "text-anchor": "middle" }, clock(minutes))),
    ...lines.flatMap(({ name, marks }, number) => [
      svg("text", { class: "name", x: 0, y: (number + 1) * ROW_HEIGHT + 12 }, name),
      ...marks.map((mark) => markView(mark, x, (number + 1) * ROW_HEIGHT, length)),
    ]),
  );
  return element("div", { class: "scroll picture", role: "region", "aria-label": `Picture of ${date}`, tabindex: "0" }, drawn, legend());
}

function marked(starts, kind) {
  return starts.map((start) => ({ at: Number(start.slice(11, 13)) * 60 + Number(start.slice(14, 16)), kind }));
}

function markView({ at, kind }, x, y, length) {
  const width = Math.max(x(at + length) - x(at) - 1, 2);
  return svg("rect", { class: `mark ${kind}`, x: x(at), y: y, width, height: ROW_HEIGHT - 8, rx: 2 }, svg("title", {}, `${clock(at)} ${kind}`));
}

function clock(minutes) {
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

function legend() {
  return element("p", { class: "legend muted" }, ...["planned", "removed", "added", "offered"].map((kind) => element("span", {}, svg("svg", { width: 14, height: 12, "aria-hidden": "true" }, svg("rect", { class: `mark ${kind}`, width: 14, height: 12, rx: 2 })), ` ${kind} `)));
}
