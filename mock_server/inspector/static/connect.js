/** How to connect: addresses, credentials and snippets. */

import { code, element, facts, fill, link, row, section, table } from "./dom.js";
import { badge } from "./formats.js";
import { call } from "./http.js";

const SNIPPETS = [["curl", "curl"], ["python", "Python"], ["typescript", "TypeScript"], ["environment", "Environment variables"]];

/**
 * Shows the world's addresses, credentials and snippets.
 * @param {HTMLElement} pane
 */
export async function show(pane) {
  const { urls, credentials, snippets, edition, version } = await call("");
  const { apiKeys, oauthClients, thirdPartyClients } = credentials;
  fill(
    pane,
    element("h1", {}, "Connect"),
    facts([
      ["API", element("span", { class: "mono" }, urls.api)],
      ["Control plane", element("span", { class: "mono" }, urls.control)],
      ["Description", element("a", { href: urls.description }, urls.description)],
      ["API docs", element("a", { href: urls.docs }, urls.docs)],
      ["Help", element("a", { href: urls.help }, urls.help)],
      ["Edition", `${edition} (cal-mock ${version})`],
    ]),
    section("API keys", table("Keys of the default world that this world has", ["Key", "User", "Organization", "Note"], apiKeys.map(keyRow))),
    oauthClients.length ? section("OAuth clients", table("Clients of the platform", ["x-cal-client-id", "x-cal-secret-key", "Organization"], oauthClients.map(({ id, secret, organizationId }) => row(mono(id), mono(secret), organizationId)))) : null,
    thirdPartyClients.length ? section("Third-party clients", table("OAuth2 clients of third parties", ["client_id", "client_secret"], thirdPartyClients.map(({ id, secret }) => row(mono(id), mono(secret ?? "none: public client"))))) : null,
    ...SNIPPETS.map(([name, title]) => section(title, code(snippets[name], `the snippet for ${title}`))),
  );
}

function keyRow({ key, userId, email, organizationId, expired }) {
  return row(mono(key), link(`#/state/users/${userId}`, `${userId} ${email}`), organizationId, expired ? badge("expired", "bad") : null);
}

function mono(text) {
  return element("span", { class: "mono" }, text);
}
