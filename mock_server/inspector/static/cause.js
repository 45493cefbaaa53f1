/** Finds the request that caused a delivery or a message. */

import { link } from "./dom.js";
import { call } from "./http.js";

/**
 * A link to the request; null where none did, or where the journal no longer has it.
 * @param {string|null} requestId
 * @returns {Promise<Node|null>}
 */
export async function causeLink(requestId) {
  if (requestId === null) return null;
  const { requests } = await call("requests", { query: { text: requestId, summary: true } });
  const cause = requests.find((each) => each.requestId === requestId);
  return cause === undefined ? null : link(`#/requests/${cause.number}`, `request ${cause.number}, ${cause.request.method} ${cause.request.url}`);
}
