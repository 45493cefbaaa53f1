/** A list of numbered records, newest first, to which new ones are added as they come. */

import { button, element, table } from "./dom.js";
import { call, follow } from "./http.js";

const PAGE = 50;
const MOST_SHOWN = 500;

/**
 * Makes the list. `load` fills it with the records that fit a query, and follows them from then on.
 * @param {object} options
 * @param {string} options.path the call that lists the records
 * @param {string} options.name the records in its reply
 * @param {string} options.caption
 * @param {string[]} options.columns
 * @param {(record: any) => HTMLElement} options.rowOf
 * @param {string} options.empty the text that stands for no records
 * @param {AbortSignal} options.signal
 * @param {string} [options.key] the number of a record
 * @returns {{view: HTMLElement, load: (query?: Object<string, any>) => Promise<void>}}
 */
export function liveList({ path, name, caption, columns, rowOf, empty, signal, key = "id" }) {
  const list = table(caption, columns, []);
  const body = list.querySelector("tbody");
  const nothing = element("tr", {}, element("td", { colspan: columns.length }, empty));
  const rows = new Map();
  let query = {};
  let following = new AbortController();
  signal.addEventListener("abort", () => following.abort());
  const more = button("Older", async () => append(await page({ before: Math.min(...rows.keys()) })));

  const page = (place) => call(path, { query: { ...query, ...place, limit: PAGE }, signal });

  function append(reply) {
    const records = reply[name];
    for (const record of records) rows.set(record[key], rowOf(record));
    body.append(...records.map((record) => rows.get(record[key])));
    more.hidden = records.length < PAGE;
    if (!rows.size) body.replaceChildren(nothing);
  }

  function prepend(reply) {
    for (const record of reply[name]) {
      nothing.remove();
      const made = rowOf(record);
      rows.set(record[key], made);
      body.prepend(made);
    }
    for (const oldest of [...rows.keys()].sort((one, other) => other - one).slice(MOST_SHOWN)) {
      rows.get(oldest).remove();
      rows.delete(oldest);
      more.hidden = false;
    }
  }

  async function load(chosen = {}) {
    following.abort();
    following = new AbortController();
    const current = following.signal;
    query = chosen;
    const reply = await page({});
    if (current.aborted) return; // Another query was chosen meanwhile.
    rows.clear();
    body.replaceChildren();
    append(reply);
    follow(path, query, reply.last, prepend, current);
  }

  return { view: element("div", {}, list, element("p", {}, more)), load };
}
