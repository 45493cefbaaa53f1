/** Links to the pages of a list. */

import { element, link } from "./dom.js";

/**
 * Where the page is in the list, with links to the ones around it.
 * @param {{total: number, skip: number, limit: number}} page
 * @param {number} count the rows of this page
 * @param {(skip: number) => string} place the address of the page that begins there
 */
export function pager({ total, skip, limit }, count, place) {
  const shown = count ? `${skip + 1} to ${skip + count} of ${total}` : `0 of ${total}`;
  const last = Math.floor(Math.max(total - 1, 0) / limit) * limit;
  return element(
    "nav",
    { class: "pager", "aria-label": "Pages" },
    skip > 0 ? link(place(0), "First") : null,
    skip > 0 ? link(place(Math.max(skip - limit, 0)), "Previous") : null,
    element("span", {}, shown),
    skip + count < total ? link(place(skip + limit), "Next") : null,
    skip + count < total ? link(place(last), "Last") : null,
  );
}
