/** The outbox: e-mails and texts as their receivers would see them, with their codes and iCalendar files. */

import { causeLink } from "./cause.js";
import { announce, button, choice, element, facts, fieldsOf, fill, form, labelled, link, row, section } from "./dom.js";
import { brief, time } from "./formats.js";
import { call } from "./http.js";
import { liveList } from "./live.js";

const CHANNELS = [["", "any"], "email", "sms", "whatsapp"];

/**
 * Shows the list, or the message whose number is in the address.
 * @param {HTMLElement} pane
 * @param {{parts: string[], query: URLSearchParams, signal: AbortSignal}} place
 */
export async function show(pane, place) {
  await (place.parts[0] === undefined ? showList(pane, place) : showOne(pane, Number(place.parts[0])));
}

async function showList(pane, { query, signal }) {
  const list = liveList({
    path: "outbox",
    name: "data",
    caption: "Messages, newest first. None was sent.",
    columns: ["No.", "World's time (UTC)", "Channel", "To", "Kind", "Subject", "Code"],
    rowOf: ({ id, at, channel, to, kind, subject, text, code }) => row(link(`#/outbox/${id}`, id), time(at), channel, to, kind, subject ?? brief(text), code),
    empty: "No messages. They appear here when the live service would send some.",
    signal,
  });
  const filter = form(
    "Filter",
    () => list.load(fieldsOf(filter)),
    labelled("To", element("input", { name: "to", type: "search", value: query.get("to") })),
    labelled("Channel", choice("channel", CHANNELS, query.get("channel") ?? "")),
    element("button", {}, "Filter"),
  );
  const clear = button("Empty the outbox", async () => {
    await call("outbox", { method: "DELETE" });
    await list.load(fieldsOf(filter));
  });
  fill(pane, element("h1", {}, "Outbox"), filter, list.view, element("p", {}, clear));
  await list.load(fieldsOf(filter));
}

async function showOne(pane, number) {
  const { data } = await call("outbox", { query: { since: number - 1, limit: 1 } });
  const message = data.find(({ id }) => id === number);
  if (message === undefined) throw new Error(`There is no message ${number} in the outbox.`);
  const { about, channel, kind, code } = message;
  fill(
    pane,
    element("p", {}, link("#/outbox", "All messages")),
    element("h1", {}, message.subject ?? `Text to ${message.to}`),
    facts([
      ["Kind", `${kind} (${channel})`],
      ["Caused by", await causeLink(message.requestId)],
      ["Code", code && element("strong", { class: "code-number" }, code)],
      ...Object.entries(about).map(([name, value]) => [name, value === null ? null : aboutView(name, value)]),
    ]),
    letter(message),
    ...message.attachments.map(attachmentView),
  );
}

function aboutView(name, value) {
  return name === "bookingUid" ? link(`#/state/bookings?${new URLSearchParams({ uid: value })}`, value) : String(value);
}

/** The message as its receiver sees it. */
function letter({ to, subject, text, at, channel }) {
  return element(
    "article",
    { class: `letter ${channel}`, "aria-label": "Message" },
    facts([["To", to], ["Subject", subject], ["Sent", time(at)]]),
    element("div", { class: "text" }, text),
  );
}

function attachmentView({ name, contentType, content }) {
  const download = async () => {
    const url = URL.createObjectURL(new Blob([content], { type: contentType }));
    element("a", { href: url, download: name ?? "event.ics" }).click();
    URL.revokeObjectURL(url);
    announce("Downloaded.");
  };
  return section(
    name === null ? "As a calendar invitation" : `Attachment ${name}`,
    icsSummary(content),
    element("p", { class: "actions" }, button("Download", download), element("span", { class: "muted" }, contentType)),
    element("details", {}, element("summary", {}, "Source"), element("pre", { tabindex: "0" }, content)),
  );
}

/** The main lines of an iCalendar file; lines that begin with a space continue the one before. */
function icsSummary(content) {
  const lines = content.replaceAll(/\r?\n[ \t]/g, "").split(/\r?\n/);
  const wanted = ["METHOD", "SUMMARY", "DTSTART", "DTEND", "DURATION", "STATUS", "ORGANIZER", "ATTENDEE", "LOCATION", "RRULE"];
  return facts(
    lines
      .map((line) => [line.split(/[:;]/, 1)[0], line.slice(line.indexOf(":") + 1)])
      .filter(([name]) => wanted.includes(name))
      .map(([name, value]) => [name, value.replaceAll("\\n", "\n").replaceAll(/\\([,;\\])/g, "$1")]),
  );
}
