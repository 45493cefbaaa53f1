/** The week of a user: bookings, busy times and absences. */

import { button, element, fill, form, labelled, link, row, svg, table } from "./dom.js";
import { badge, count } from "./formats.js";
import { call } from "./http.js";

const MINUTES = 24 * 60;
const HOUR_HEIGHT = 56;
const LABEL_WIDTH = 3.5;
const KINDS = { accepted: "good", pending: "warn", cancelled: "neutral", rejected: "neutral", awaiting_host: "warn", busy: "neutral", "out of office": "bad" };
const DAY = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });

/**
 * Shows a week.
 * @param {HTMLElement} pane
 * @param {{query: URLSearchParams}} place with the user's id and the first day
 */
export async function show(pane, { query }) {
  const { rows: users } = await call("state/users", { query: { limit: 100 } });
  const userId = query.get("userId") ?? String((users.find(({ email }) => email.startsWith("solo@")) ?? users[0]).id);
  const week = await call("calendar", { query: { userId, from: query.get("from") } });
  const items = itemsOf(week);
  fill(
    pane,
    element("h1", {}, "Bookings"),
    chooser(users, userId, week),
    element("p", { class: "muted" }, `${week.user.name}, ${week.user.email}; times in ${week.user.timeZone}. It is ${spoken(week.now)} there.`),
    picture(week, items),
    list(items),
  );
}

function chooser(users, userId, { days }) {
  const go = (values) => (location.hash = `#/bookings?${new URLSearchParams(values)}`);
  const step = (number) => () => go({ userId, from: shifted(days[0], number) });
  return form(
    "User and week",
    ({ userId, from }) => go({ userId, from }),
    labelled("User", element("input", { name: "userId", list: "users", value: userId, inputmode: "numeric", required: true, class: "short" })),
    element("datalist", { id: "users" }, ...users.map(({ id, email }) => element("option", { value: id }, email))),
    labelled("From", element("input", { name: "from", type: "date", value: days[0], required: true })),
    element("button", {}, "Show"),
    button("Previous week", step(-7)),
    button("Next week", step(7)),
    link(`#/bookings?${new URLSearchParams({ userId })}`, "This week"),
  );
}

function shifted(date, days) {
  const moved = new Date(`${date}T00:00:00Z`);
  moved.setUTCDate(moved.getUTCDate() + days);
  return moved.toISOString().slice(0, 10);
}

/** All that is shown, as one list in the order of time. */
function itemsOf({ bookings, busy, outOfOffice }) {
  return [
    ...bookings.map((booking) => ({ ...booking, kind: booking.status, place: `#/state/bookings/${booking.id}` })),
    ...busy.map((each) => ({ ...each, kind: "busy", title: each.title ?? `Busy (${each.source})` })),
    ...outOfOffice.map((each) => ({ ...each, kind: "out of office", title: "Out of office" })),
  ].sort((one, other) => one.start.localeCompare(other.start));
}

/** The week as a picture: a column for each day, and a box for each item, side by side where they overlap. */
function picture({ days, now }, items) {
  const boxes = days.flatMap((day, column) => inLanes(items.map((item) => onDay(item, day)).filter(Boolean)).map((box) => ({ ...box, column })));
  const first = Math.min(8 * 60, ...boxes.map(({ from }) => Math.floor(from / 60) * 60));
  const last = Math.max(18 * 60, ...boxes.map(({ to }) => Math.ceil(to / 60) * 60));
  const width = (100 - LABEL_WIDTH) / days.length;
  const y = (minutes) => ((minutes - first) / 60) * HOUR_HEIGHT + 24;
  const hours = Array.from({ length: (last - first) / 60 + 1 }, (_, number) => first / 60 + number);
  const drawn = svg(
    "svg",
    { class: "week", height: y(last) + 8, width: "100%", role: "group", "aria-label": `Week from ${days[0]}` },
    ...hours.map((hour) => svg("line", { class: "grid", x1: `${LABEL_WIDTH}%`, x2: "100%", y1: y(hour * 60), y2: y(hour * 60) })),
    ...hours.map((hour) => svg("text", { class: "label", x: 2, y: y(hour * 60) + 4 }, `${String(hour).padStart(2, "0")}`)),
    ...days.map((day, column) => svg("text", { class: `label day${now.startsWith(day) ? " today" : ""}`, x: `${LABEL_WIDTH + column * width + 0.5}%`, y: 14 }, dayName(day))),
    ...days.map((_, column) => svg("line", { class: "grid", x1: `${LABEL_WIDTH + column * width}%`, x2: `${LABEL_WIDTH + column * width}%`, y1: 20, y2: y(last) })),
    ...boxes.map(({ item, from, to, column, lane, lanes }) =>
      svg(
        "foreignObject",
        { x: `${LABEL_WIDTH + column * width + (lane * width) / lanes + 0.1}%`, width: `${width / lanes - 0.2}%`, y: y(from), height: Math.max(((to - from) / 60) * HOUR_HEIGHT - 1, 14) },
        boxView(item),
      ),
    ),
    nowLine(days, now, first, last, width, y),
  );
  return element("div", { class: "scroll picture", role: "region", "aria-label": "Week", tabindex: "0" }, drawn);
}

function boxView(item) {
  const text = `${item.start.slice(11, 16)} ${item.title}`;
  const attributes = { class: `box ${item.kind.replaceAll(/[_ ]/g, "-")}`, title: `${text}, until ${item.end.slice(11, 16)}: ${item.kind}` };
  return item.place ? element("a", { ...attributes, href: item.place }, text) : element("div", attributes, text);
}

function nowLine(days, now, first, last, width, y) {
  const column = days.indexOf(now.slice(0, 10));
  const minutes = minutesOf(now);
  if (column < 0 || minutes < first || minutes > last) return null;
  const x = LABEL_WIDTH + column * width;
  return svg("line", { class: "now", x1: `${x}%`, x2: `${x + width}%`, y1: y(minutes), y2: y(minutes) }, svg("title", {}, "Now"));
}

/** The part of an item on a day in minutes, if it has one. */
function onDay(item, day) {
  const [startDay, endDay] = [item.start.slice(0, 10), item.end.slice(0, 10)];
  if (startDay > day || endDay < day) return null;
  const from = startDay < day ? 0 : minutesOf(item.start);
  const to = endDay > day ? MINUTES : minutesOf(item.end);
  return to > from ? { item, from, to } : null;
}

/** Gives each box a lane, so that boxes that overlap are side by side. */
function inLanes(boxes) {
  const placed = [];
  let cluster = [];
  let end = -1;
  for (const box of boxes.sort((one, other) => one.from - other.from)) {
    if (box.from >= end) cluster = [];
    const taken = new Set(cluster.filter(({ to }) => to > box.from).map(({ lane }) => lane));
    let lane = 0;
    while (taken.has(lane)) lane += 1;
    const made = { ...box, lane };
    cluster.push(made);
    placed.push(made);
    const lanes = Math.max(...cluster.map((each) => each.lane)) + 1;
    for (const each of cluster) each.lanes = lanes;
    end = Math.max(end, box.to);
  }
  return placed;
}

function list(items) {
  const rows = items.map((item) =>
    row(
      dayName(item.start.slice(0, 10)),
      `${item.start.slice(11, 16)} - ${item.end.slice(11, 16)}`,
      badge(item.kind, KINDS[item.kind]),
      item.place ? link(item.place, item.title) : item.title,
    ),
  );
  return table(`${count(items.length, "booking or busy time", "bookings and busy times")} in this week`, ["Day", "Time", "Status", "Title"], rows);
}

function minutesOf(iso) {
  return Number(iso.slice(11, 13)) * 60 + Number(iso.slice(14, 16));
}

function dayName(date) {
  return DAY.format(new Date(`${date}T00:00:00Z`));
}

function spoken(iso) {
  return `${dayName(iso.slice(0, 10))} ${iso.slice(11, 16)}`;
}
