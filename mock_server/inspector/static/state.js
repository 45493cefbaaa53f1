/** The state: collections as tables, and one entity with its history and its links. */

import { choice, code, element, facts, fill, form, labelled, link, row, section, table } from "./dom.js";
import { badge, brief, count, pretty, time } from "./formats.js";
import { call } from "./http.js";
import { pager } from "./pager.js";

const PAGE = 50;
const KINDS = { created: "good", updated: "neutral", deleted: "bad" };

/**
 * Shows the collections, one of them, or one entity.
 * @param {HTMLElement} pane
 * @param {{parts: string[], query: URLSearchParams}} place
 */
export async function show(pane, { parts: [name, key], query }) {
  const { collections } = await call("state");
  if (name === undefined) return showCollections(pane, collections);
  const collection = collections.find((each) => each.name === name);
  if (collection === undefined) throw new Error(`There is no collection ${name}.`);
  return key === undefined ? showRows(pane, collection, query) : showEntity(pane, collection, key, collections);
}

function showCollections(pane, collections) {
  const rows = collections.map(({ name, rows, references }) =>
    row(link(`#/state/${name}`, name), rows, [...new Set(Object.values(references))].join(", ")),
  );
  const empty = collections.filter(({ rows }) => !rows).length;
  const list = table(`${collections.length} collections, ${empty} of them empty`, ["Collection", "Rows", "Refers to"], rows);
  const toggle = element("input", { type: "checkbox", onchange: () => list.classList.toggle("with-empty", toggle.checked) });
  collections.forEach(({ rows: count }, place) => rows[place].classList.toggle("empty", !count));
  fill(pane, element("h1", {}, "State"), element("label", { class: "check" }, toggle, element("span", {}, "Show empty collections")), list);
}

async function showRows(pane, collection, query) {
  const { name, key, filters } = collection;
  const chosen = Object.fromEntries(query);
  const page = await call(`state/${name}`, { query: { limit: PAGE, ...chosen } });
  const fields = page.rows.length ? Object.keys(page.rows[0]) : [key];
  const filter = form(
    "Filter",
    ({ field, value }) => (location.hash = value === undefined ? `#/state/${name}` : `#/state/${name}?${new URLSearchParams({ [field]: value })}`),
    labelled("Field", choice("field", filters, filters.find((each) => each in chosen) ?? key)),
    labelled("Value", element("input", { name: "value", value: filters.map((each) => chosen[each]).find(Boolean) })),
    element("button", {}, "Filter"),
  );
  fill(
    pane,
    element("p", {}, link("#/state", "All collections")),
    element("h1", {}, name),
    filter,
    rowTable(collection, fields, page),
    pager(page, page.rows.length, (skip) => `#/state/${name}?${new URLSearchParams({ ...chosen, skip })}`),
  );
}

function rowTable(collection, fields, { total, rows }) {
  const made = table(count(total, "row"), fields, rows.map((each) => row(...fields.map((field) => cell(collection, field, each)))));
  made.classList.add("rows");
  return made;
}

function cell({ name, key, references }, field, entity) {
  const value = entity[field];
  if (field === key) return link(entityPlace(name, value), value);
  return value !== null && references[field] ? link(entityPlace(references[field], value), value) : brief(value);
}

async function showEntity(pane, collection, key, collections) {
  const { name } = collection;
  const [{ rows }, { commits }] = await Promise.all([
    call(`state/${name}`, { query: { [collection.key]: key } }),
    call("commits", { query: { collection: name, key, limit: PAGE } }),
  ]);
  const [entity] = rows;
  fill(
    pane,
    element("p", {}, link(`#/state/${name}`, name)),
    element("h1", {}, `${name} ${key}`),
    entity === undefined ? element("p", {}, "It does not exist now. Its history shows whether it did.") : fieldsView(collection, entity),
    section("Referred to by", referrersView(name, key, collections)),
    section("History", historyView(commits, name, key)),
  );
}

function fieldsView({ references }, entity) {
  return facts(
    Object.entries(entity).map(([field, value]) => [
      field,
      value !== null && references[field] ? link(entityPlace(references[field], value), `${references[field]} ${value}`) : valueView(value),
    ]),
  );
}

function valueView(value) {
  if (value === null) return element("span", { class: "muted" }, "null");
  return typeof value === "object" ? element("pre", { tabindex: "0" }, pretty(value)) : String(value);
}

function referrersView(name, key, collections) {
  const found = collections.flatMap((each) =>
    Object.entries(each.references)
      .filter(([, to]) => to === name)
      .map(([field]) => element("li", {}, link(`#/state/${each.name}?${new URLSearchParams({ [field]: key })}`, `${each.name} by ${field}`))),
  );
  return found.length ? element("ul", { class: "columns" }, ...found) : element("p", { class: "muted" }, "No collection refers to this one.");
}

function historyView(commits, name, key) {
  if (!commits.length) return element("p", { class: "muted" }, "It has not changed since the server started.");
  const rows = commits.flatMap(({ version, at, changes }) =>
    changes
      .filter((change) => change.collection === name && String(change.key) === key)
      .map((change) => row(version, time(at), badge(change.action, KINDS[change.action]), differences(change))),
  );
  return table("Commits, newest first", ["Commit", "World's time (UTC)", "Change", "Fields"], rows);
}

/**
 * The changes of rows as a table.
 * @param {string} caption
 * @param {Array<{collection: string, key: string|number, action: string, before: any, after: any}>} changes
 */
export function changesTable(caption, changes) {
  const rows = changes.map((change) => {
    const { collection, key, action } = change;
    return row(link(entityPlace(collection, key), `${collection} ${key}`), badge(action, KINDS[action]), differences(change));
  });
  return table(caption, ["Row", "Change", "Fields"], rows);
}

/** The fields that differ: all of a row that is new or gone. */
function differences({ before, after }) {
  if (before === null || after === null) {
    return element("details", {}, element("summary", {}, "All fields"), code(pretty(before ?? after)));
  }
  const names = Object.keys(after).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  return facts(names.map((name) => [name, `${JSON.stringify(before[name])} → ${JSON.stringify(after[name])}`]));
}

function entityPlace(collection, key) {
  return `#/state/${collection}/${encodeURIComponent(key)}`;
}
