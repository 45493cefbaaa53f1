/** Faults: requests of the API that fail on purpose. */

import { announce, button, choice, element, fill, form, labelled, row, section, table } from "./dom.js";
import { call, manifest } from "./http.js";

const METHODS = [["", "any"], "GET", "POST", "PATCH", "PUT", "DELETE"];
const NUMBERS = ["status", "first", "nth", "delay", "probability", "seed"];
const MATCHING = ["operation", "method", "path", "caller"];
const COUNTS = ["id", "matched", "affected"];

/**
 * Shows the faults and the form that adds one.
 * @param {HTMLElement} pane
 */
export async function show(pane) {
  const reload = () => show(pane);
  const [{ faults }, { operations }] = await Promise.all([call("faults"), manifest()]);
  const add = async (fields) => {
    const fault = await call("faults", { method: "POST", body: faultOf(fields) });
    await reload();
    announce(`${fault.id} was added.`);
  };
  const remove = async (path) => {
    await call(path, { method: "DELETE" });
    await reload();
  };
  fill(
    pane,
    element("h1", {}, "Faults"),
    faults.length ? faultTable(faults, remove) : element("p", {}, "No request fails on purpose."),
    faults.length ? element("p", {}, button("Remove all", () => remove("faults"))) : null,
    section("Add a fault", faultForm(operations, add)),
  );
}

function faultTable(faults, remove) {
  const rows = faults.map((fault) =>
    row(
      fault.id,
      described(fault, (name) => MATCHING.includes(name)) || "all requests",
      described(fault, (name) => !MATCHING.includes(name) && !COUNTS.includes(name)),
      fault.matched,
      fault.affected,
      button("Remove", () => remove(`faults/${encodeURIComponent(fault.id)}`), { "aria-label": `Remove ${fault.id}` }),
    ),
  );
  return table("The first fault that affects a request applies", ["Fault", "Matches", "Does", "Matched", "Affected", "Action"], rows);
}

/** The fields of a fault that are set. */
function described(fault, isWanted) {
  return Object.entries(fault)
    .filter(([name, value]) => isWanted(name) && value !== null && value !== false && !(typeof value === "object" && !Object.keys(value).length))
    .map(([name, value]) => `${name}: ${typeof value === "object" ? JSON.stringify(value) : value}`)
    .join(", ");
}

function faultForm(operations, add) {
  const number = (name, attributes = {}) => element("input", { name, type: "number", min: "0", ...attributes });
  return form(
    "Add a fault",
    add,
    fieldset(
      "Matches",
      labelled("Operation", element("input", { name: "operation", list: "fault-operations" })),
      element("datalist", { id: "fault-operations" }, ...operations.map(({ id }) => element("option", { value: id }))),
      labelled("Method", choice("method", METHODS)),
      labelled("Path, with * and **", element("input", { name: "path", placeholder: "/v2/bookings/*" })),
    ),
    fieldset(
      "Does",
      labelled("Status", number("status", { min: "400", max: "599" })),
      labelled("Message", element("input", { name: "message" })),
      labelled("Connection", choice("connection", [["", "stays"], ["drop", "is dropped"]])),
      labelled("Body", choice("body", [["", "whole"], "cut", "malformed"])),
      labelled("Delay, ms", number("delay")),
      element("label", { class: "check" }, element("input", { type: "checkbox", name: "after" }), element("span", {}, "after the commit: only the reply is lost")),
    ),
    fieldset("How often", labelled("First", number("first", { min: "1" })), labelled("Nth only", number("nth", { min: "1" })), labelled("Probability", number("probability", { max: "1", step: "any" })), labelled("Seed", number("seed"))),
    element("button", { class: "main" }, "Add"),
  );
}

function fieldset(name, ...children) {
  return element("fieldset", {}, element("legend", {}, name), element("div", { class: "fields" }, ...children));
}

/** The fault that the fields of the form describe. */
function faultOf(fields) {
  const fault = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, NUMBERS.includes(name) ? Number(value) : value]));
  return fields.after ? { ...fault, after: true } : fault;
}
