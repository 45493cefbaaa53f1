/** Calls the control plane of the page's world. */

const TOKEN = "sandbox-token";
const LONGEST_WAIT = 25;
const RETRY_AFTER = 3_000;

/** The address of the world, with a slash at its end. */
export const WORLD_URL = new URL(".", location.href.split("#")[0]).href;

/** A call that was refused. */
export class CallRefused extends Error {
  /**
   * @param {number} status
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/**
 * Calls the control plane and returns the content of its reply. Throws CallRefused.
 * @param {string} path such as `requests/12`; empty for the manifest
 * @param {{method?: string, query?: Object<string, any>, body?: any, signal?: AbortSignal}} [options]
 * @returns {Promise<any>}
 */
export async function call(path, { method = "GET", query = {}, body, signal } = {}) {
  const url = new URL(`_sandbox${path && `/${path}`}`, WORLD_URL);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") url.searchParams.set(name, value);
  }
  const reply = await fetch(url, { method, headers: headers(body), body: body === undefined ? undefined : JSON.stringify(body), signal });
  const content = await reply.json();
  if (reply.status === 403 && content.error?.includes("Sandbox-Token")) {
    await askForToken(sessionStorage.getItem(TOKEN) === null ? "" : "This is not the token of this sandbox.");
    return call(path, { method, query, body, signal });
  }
  if (!reply.ok) throw new CallRefused(reply.status, content.error ?? `The sandbox answered ${reply.status}.`);
  return content;
}

/**
 * Hands over the new records of a list as they come, until `signal` is aborted.
 * @param {string} path
 * @param {Object<string, any>} query
 * @param {number} since the `last` of the list so far
 * @param {(reply: any) => void} handle
 * @param {AbortSignal} signal
 */
export async function follow(path, query, since, handle, signal) {
  while (!signal.aborted) {
    try {
      const reply = await call(path, { query: { ...query, since, wait: LONGEST_WAIT }, signal });
      since = reply.last;
      handle(reply);
    } catch {
      if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER));
    }
  }
}

let found;

/**
 * The manifest, which is read once: its operations, triggers and credentials do not change while the sandbox runs.
 * @returns {Promise<any>}
 */
export function manifest() {
  found ??= call("");
  return found;
}

function headers(body) {
  const token = sessionStorage.getItem(TOKEN);
  return { ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...(token === null ? {} : { "Sandbox-Token": token }) };
}

let asking;

/** Asks for the admin token, once for all calls that wait for it, and keeps it in this tab. */
function askForToken(complaint) {
  asking ??= new Promise((resolve) => {
    const dialog = document.getElementById("token-dialog");
    const field = document.getElementById("token");
    field.value = "";
    document.getElementById("token-error").textContent = complaint;
    dialog.addEventListener(
      "close",
      () => {
        sessionStorage.setItem(TOKEN, field.value);
        asking = undefined;
        resolve();
      },
      { once: true },
    );
    dialog.showModal();
  });
  return asking;
}
