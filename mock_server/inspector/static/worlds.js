/** Worlds: branching, resetting and dropping them, and what differs from the start. */

import { announce, button, confirmed, element, fill, form, labelled, link, row, section, table } from "./dom.js";
import { count } from "./formats.js";
import { call, manifest } from "./http.js";
import { pager } from "./pager.js";
import { changesTable } from "./state.js";

const PAGE = 50;

/**
 * Shows all worlds and the comparison of this one, or the rows of a collection that differ.
 * @param {HTMLElement} pane
 * @param {{parts: string[], query: URLSearchParams}} place
 */
export async function show(pane, { parts: [collection], query }) {
  await (collection === undefined ? showWorlds(pane) : showChanges(pane, collection, query));
}

async function showWorlds(pane) {
  const [{ world }, worlds, { collections }] = await Promise.all([manifest(), call("worlds"), call("comparison")]);
  const reload = () => showWorlds(pane);
  const branch = async ({ id }) => {
    const made = await call("worlds", { method: "POST", body: id === undefined ? {} : { id } });
    await changed(`The world ${made.id} was branched from ${world}.`, reload);
  };
  const reset = async () => {
    if (!(await confirmed(`Reset the world ${world}? All that happened since its start is lost.`, "Reset"))) return;
    await call("reset", { method: "POST" });
    dispatchEvent(new Event("clock-changed"));
    await changed(`The world ${world} was reset.`, reload);
  };
  fill(
    pane,
    element("h1", {}, "Worlds"),
    form("Branch", branch, labelled(`Name of a branch of ${world}`, element("input", { name: "id", pattern: "[A-Za-z0-9][A-Za-z0-9_.\\-]{0,63}", placeholder: "chosen for you" })), element("button", { class: "main" }, "Branch")),
    worldTable(worlds, world, reload),
    section(`${world}, compared with its start`, comparison(collections), element("p", {}, button(`Reset ${world}`, reset, { class: "danger" }))),
  );
}

async function changed(text, reload) {
  dispatchEvent(new Event("worlds-changed"));
  await reload();
  announce(text);
}

function worldTable(worlds, current, reload) {
  const drop = async (id) => {
    if (!(await confirmed(`Drop the world ${id} with all that it holds?`, "Drop"))) return;
    await call(`worlds/${encodeURIComponent(id)}`, { method: "DELETE" });
    await changed(`The world ${id} was dropped.`, reload);
  };
  const rows = worlds.map(({ id, url, isDefault }) =>
    row(
      element("a", { href: `${url}/#/requests`, "aria-current": id === current ? "true" : null }, id),
      element("span", { class: "mono" }, `${url}/v2`),
      isDefault ? "the default world" : id === current ? "this world" : "",
      isDefault || id === current ? null : button("Drop", () => drop(id), { "aria-label": `Drop ${id}` }),
    ),
  );
  return table(count(worlds.length, "world"), ["World", "API", "Note", "Action"], rows);
}

function comparison(collections) {
  if (!collections.length) return element("p", {}, "It is as it was at its start.");
  const rows = collections.map(({ name, created, updated, deleted }) => row(link(`#/worlds/${name}`, name), created, updated, deleted));
  return table(count(collections.length, "collection differs", "collections differ"), ["Collection", "Created", "Updated", "Deleted"], rows);
}

async function showChanges(pane, collection, query) {
  const page = await call("comparison", { query: { collection, limit: PAGE, skip: query.get("skip") } });
  fill(
    pane,
    element("p", {}, link("#/worlds", "All worlds")),
    element("h1", {}, `${collection}, compared with the start`),
    changesTable(count(page.total, "row differs", "rows differ"), page.changes),
    pager(page, page.changes.length, (skip) => `#/worlds/${collection}?${new URLSearchParams({ skip })}`),
  );
}
