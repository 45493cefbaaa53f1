/** Starts the inspector: navigation between its panes, the choice of the world, and the clock. */

import { element, link } from "./dom.js";
import { call, manifest } from "./http.js";

/** The panes by the first part of their address. Each is a module of that name with a function `show`. */
const PANES = [
  ["requests", "Requests"],
  ["state", "State"],
  ["bookings", "Bookings"],
  ["slots", "Slots"],
  ["clock", "Clock"],
  ["webhooks", "Webhooks"],
  ["outbox", "Outbox"],
  ["faults", "Faults"],
  ["worlds", "Worlds"],
  ["connect", "Connect"],
];
const CLOCK_EVERY = 5_000;

let leaving = new AbortController();

/** Shows the pane that the address names. */
async function showPlace() {
  if (location.hash === "#main") return;
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const parts = path.split("/").map(decodeURIComponent);
  const [name, title] = PANES.find(([each]) => each === parts[0]) ?? PANES[0];
  markCurrent(name);
  document.title = `${title} - cal-mock inspector`;
  const pane = element("div", { class: `pane ${name}`, "aria-busy": "true" }, element("p", { class: "muted" }, "Loading ..."));
  const main = document.getElementById("main");
  main.replaceChildren(pane);
  try {
    const { show } = await import(`./${name}.js`);
    signal.throwIfAborted();
    await show(pane, { parts: parts.slice(1), query: new URLSearchParams(query), signal });
  } catch (error) {
    if (signal.aborted) return;
    pane.replaceChildren(element("h1", {}, title), element("p", { class: "bad", role: "alert" }, error.message));
  }
  pane.setAttribute("aria-busy", "false");
}

function markCurrent(name) {
  for (const each of document.querySelectorAll("#panes a")) {
    if (each.hash === `#/${name}`) each.setAttribute("aria-current", "page");
    else each.removeAttribute("aria-current");
  }
}

/** Fills the selection of worlds; choosing one opens its inspector. */
async function showWorlds() {
  const { world, edition } = await manifest();
  const worlds = await call("worlds");
  const select = document.getElementById("world");
  select.replaceChildren(...worlds.map(({ id }) => element("option", { value: id, selected: id === world }, id)));
  select.onchange = () => location.assign(`/w/${encodeURIComponent(select.value)}/${location.hash}`);
  document.getElementById("edition").textContent = edition;
}

async function showClock() {
  if (document.hidden) return;
  const { now, frozen } = await call("clock");
  document.getElementById("clock").textContent = `${now.slice(0, 16).replace("T", " ")} UTC${frozen ? ", frozen" : ""}`;
}

document.getElementById("panes").replaceChildren(...PANES.map(([name, title]) => element("li", {}, link(`#/${name}`, title))));
addEventListener("hashchange", () => {
  showPlace();
  document.getElementById("main").focus();
});
addEventListener("clock-changed", showClock);
addEventListener("worlds-changed", showWorlds);
setInterval(() => showClock().catch(() => {}), CLOCK_EVERY);
await Promise.all([showPlace(), showWorlds(), showClock()]);
