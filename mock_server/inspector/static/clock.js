/** The world's clock: freezing and moving it, and what falls due. */

import { announce, button, choice, element, fill, form, labelled, link, row, section, table } from "./dom.js";
import { brief, duration, time } from "./formats.js";
import { call } from "./http.js";
import { pager } from "./pager.js";

const PAGE = 50;
const STEPS = [["15 minutes", { minutes: 15 }], ["1 hour", { hours: 1 }], ["1 day", { days: 1 }], ["1 week", { weeks: 1 }]];

/**
 * Shows the clock and the jobs to come.
 * @param {HTMLElement} pane
 * @param {{query: URLSearchParams}} place
 */
export async function show(pane, { query }) {
  const reload = () => show(pane, { query });
  const [{ now, frozen }, page] = await Promise.all([call("clock"), call("jobs", { query: { limit: PAGE, skip: query.get("skip") } })]);
  const set = async (body, text) => {
    await call("clock", { method: "PUT", body });
    await changed(text, reload);
  };
  const advance = async (by) => {
    await call("clock/advance", { method: "POST", body: by });
    await changed("The clock was advanced.", reload);
  };
  fill(
    pane,
    element("h1", {}, "Clock"),
    element("p", { class: "large" }, time(now), ` UTC, ${frozen ? "frozen" : "running"}`),
    element(
      "p",
      { class: "actions" },
      frozen ? button("Let it run", () => set({ frozen: false }, "The clock runs.")) : button("Freeze", () => set({ frozen: true }, "The clock is frozen.")),
      button("Back to real time", () => set({}, "The clock shows real time.")),
    ),
    section(
      "Advance",
      element("p", { class: "actions" }, ...STEPS.map(([text, by]) => button(`+ ${text}`, () => advance(by)))),
      form(
        "Advance",
        ({ amount, unit }) => advance({ [unit]: Number(amount) }),
        labelled("Amount", element("input", { name: "amount", type: "number", min: "0", step: "any", value: "30", required: true })),
        labelled("Unit", choice("unit", ["minutes", "hours", "days", "weeks", "seconds"])),
        element("button", {}, "Advance"),
      ),
    ),
    section(
      "Set",
      form(
        "Set",
        ({ moment }) => set({ now: moment }, "The clock was set."),
        labelled("Time, ISO 8601", element("input", { name: "moment", value: now.slice(0, 19) + "Z", required: true })),
        element("button", {}, "Set"),
      ),
    ),
    section(
      "Falls due next",
      page.jobs.length ? table("Jobs in the order in which they fall due", ["Due (UTC)", "In", "Job", "About", "Details", "Action"], page.jobs.map((job) => jobRow(job, now, advance))) : element("p", {}, "Nothing is scheduled."),
      pager(page, page.jobs.length, (skip) => `#/clock?${new URLSearchParams({ skip })}`),
    ),
  );
}

async function changed(text, reload) {
  announce(text);
  dispatchEvent(new Event("clock-changed"));
  await reload();
}

function jobRow({ kind, due, about, details }, now, advance) {
  const wait = Math.max(Date.parse(due) - Date.parse(now), 0);
  const [collection, id] = (about ?? "").split(":");
  return row(
    time(due),
    duration(wait / 1000),
    kind,
    collection === "booking" ? link(`#/state/bookings/${id}`, about) : about,
    brief(details),
    button("Advance to it", () => advance({ milliseconds: wait }), { "aria-label": `Advance to ${kind} at ${due}` }),
  );
}
