/** The state: collections as tables, and one entity with its history and its links. */

import { code, element, facts, link, row, table } from "./dom.js";
import { badge, pretty } from "./formats.js";

const KINDS = { created: "good", updated: "neutral", deleted: "bad" };

/**
 * The changes of rows as a table.
 * @param {Array<{collection: string, key: string|number, action: string, before: any, after: any}>} changes
 */
export function changesTable(changes) {
  return table("Changed rows", ["Row", "Change", "Fields"], changes.map(changeRow));
}

function changeRow(change) {
  const { collection, key, action, before, after } = change;
  const place = `#/state/${collection}/${encodeURIComponent(key)}`;
  return row(link(place, `${collection} ${key}`), badge(action, KINDS[action]), differences(before, after));
}

/** The fields that differ: all of a row that is new or gone. */
function differences(before, after) {
  if (before === null || after === null) {
    return element("details", {}, element("summary", {}, "All fields"), code(pretty(before ?? after)));
  }
  const names = Object.keys(after).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  return facts(names.map((name) => [name, `${JSON.stringify(before[name])} → ${JSON.stringify(after[name])}`]));
}
