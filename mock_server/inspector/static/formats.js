/** Turns values into text for people. */

import { element } from "./dom.js";

const MASK = "***";
const OF_THE_CONNECTION = new Set(["host", "connection", "content-length", "accept-encoding", "user-agent", "accept", "transfer-encoding"]);
const UNITS = [["d", 86_400], ["h", 3_600], ["min", 60], ["s", 1]];

/**
 * A time in UTC, to the second.
 * @param {string} iso
 */
export function time(iso) {
  return element("time", { datetime: iso }, iso.slice(0, 19).replace("T", " "));
}

/**
 * The time of day in UTC, with the date as its title.
 * @param {string} iso
 */
export function clockTime(iso) {
  return element("time", { datetime: iso, title: iso }, iso.slice(11, 19));
}

/**
 * The two largest units of a number of seconds, such as `1 h 5 min`.
 * @param {number} seconds
 */
export function duration(seconds) {
  let rest = Math.max(Math.round(seconds), 0);
  const parts = [];
  for (const [unit, length] of UNITS) {
    if (rest >= length) parts.push(`${Math.floor(rest / length)} ${unit}`);
    rest %= length;
  }
  return parts.slice(0, 2).join(" ") || "0 s";
}

/**
 * A number of things.
 * @param {number} number
 * @param {string} one the noun for one of them
 * @param {string} [many] the noun for several
 */
export function count(number, one, many = `${one}s`) {
  return `${number} ${number === 1 ? one : many}`;
}

/**
 * JSON with line breaks; text as it is.
 * @param {any} value
 */
export function pretty(value) {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

/**
 * The beginning of a value, on one line.
 * @param {any} value
 * @param {number} [most] characters
 */
export function brief(value, most = 80) {
  if (value === null || value === undefined) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/**
 * A status of HTTP with its colour; the number stands for itself.
 * @param {number|null|undefined} status null where there was no reply
 */
export function status(status) {
  if (status === null || status === undefined) return element("span", { class: "badge bad" }, "no reply");
  return element("span", { class: `badge ${status < 300 ? "good" : status < 400 ? "neutral" : status < 500 ? "warn" : "bad"}` }, String(status));
}

/**
 * A word with a colour.
 * @param {string} text
 * @param {"good"|"warn"|"bad"|"neutral"} kind
 */
export function badge(text, kind) {
  return element("span", { class: `badge ${kind}` }, text);
}

/**
 * Who made a request.
 * @param {{kind: string, userId: number|null}|null} caller
 */
export function callerText(caller) {
  if (caller === null) return "none";
  return caller.userId === null ? caller.kind : `${caller.kind} of user ${caller.userId}`;
}

/**
 * A curl command that makes a request of the journal again. Masked credentials are those of the default world where
 * it has the caller's, else variables of the shell.
 * @param {any} entry of the journal
 * @param {string} worldUrl with a slash at its end
 * @param {any} credentials of the manifest
 */
export function curl(entry, worldUrl, credentials) {
  const { method, url, headers, body } = entry.request;
  const parts = [`curl -X ${method} ${quoted(worldUrl + url.slice(1))}`];
  for (const [name, value] of Object.entries(headers)) {
    if (OF_THE_CONNECTION.has(name) || name.startsWith("sec-")) continue;
    parts.push(`-H ${value.includes(MASK) ? secretHeader(name, entry, credentials) : quoted(`${name}: ${value}`)}`);
  }
  if (body !== null) parts.push(`--data-raw ${quoted(typeof body === "string" ? body : JSON.stringify(body))}`);
  return parts.join(" \\\n  ");
}

function secretHeader(name, { caller, request }, credentials) {
  if (name === "authorization") {
    const known = credentials.apiKeys.find((each) => caller?.kind === "api-key" && each.userId === caller.userId);
    return known ? quoted(`authorization: Bearer ${known.key}`) : '"authorization: Bearer $CAL_API_KEY"';
  }
  const client = credentials.oauthClients.find((each) => each.id === request.headers["x-cal-client-id"]);
  if (name === "x-cal-secret-key" && client) return quoted(`${name}: ${client.secret}`);
  return `"${name}: $${name.toUpperCase().replaceAll("-", "_")}"`;
}

function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
