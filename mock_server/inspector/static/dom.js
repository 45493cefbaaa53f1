/** Builds the page from elements and text nodes. Data never becomes markup. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Creates an HTML element.
 * @param {string} tag
 * @param {Object<string, any>} [attributes] `onclick` and the like are listeners; null and false leave one out
 * @param {...(Node|string|number|null|undefined)} children
 * @returns {HTMLElement}
 */
export function element(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/**
 * Creates an SVG element. Takes what `element` takes.
 * @param {string} tag
 * @param {Object<string, any>} [attributes]
 * @param {...(Node|string|number|null|undefined)} children
 * @returns {SVGElement}
 */
export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

/**
 * Replaces the content of an element.
 * @param {HTMLElement} parent
 * @param {...(Node|string|number|null|undefined)} children
 */
export function fill(parent, ...children) {
  parent.replaceChildren(...shown(children));
}

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...shown(children));
  return made;
}

/** The children without those that are missing. */
function shown(children) {
  return children.filter((child) => child !== null && child !== undefined).map((child) => (typeof child === "number" ? String(child) : child));
}

/**
 * A link within the inspector.
 * @param {string} place such as `#/requests/12`
 * @param {...(Node|string|number)} children
 */
export function link(place, ...children) {
  return element("a", { href: place }, ...children);
}

/**
 * A button with a handler. It is disabled while an asynchronous handler runs, and a failure is announced.
 * @param {string} text
 * @param {(event: Event) => any} handler
 * @param {Object<string, any>} [attributes]
 */
export function button(text, handler, attributes = {}) {
  const made = element("button", { type: "button", ...attributes }, text);
  made.addEventListener("click", async (event) => {
    made.disabled = true;
    try {
      await handler(event);
    } catch (error) {
      announce(error.message, true);
    } finally {
      made.disabled = false;
    }
  });
  return made;
}

/**
 * A labelled control.
 * @param {string} text
 * @param {HTMLElement} control
 */
export function labelled(text, control) {
  return element("label", {}, element("span", {}, text), control);
}

/**
 * A selection. `options` are values, or pairs of a value and its text.
 * @param {string} name
 * @param {Array<string|[string, string]>} options
 * @param {string} [chosen]
 */
export function choice(name, options, chosen = "") {
  return element(
    "select",
    { name },
    ...options.map((option) => {
      const [value, text] = Array.isArray(option) ? option : [option, option];
      return element("option", { value, selected: value === chosen }, text);
    }),
  );
}

/**
 * A form whose `submit` gets the fields that are filled in. A failure is announced.
 * @param {string} name the accessible name
 * @param {(fields: Object<string, string>) => any} submit
 * @param {...(Node|string)} children
 */
export function form(name, submit, ...children) {
  const made = element("form", { "aria-label": name, class: "fields" }, ...children);
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await submit(fieldsOf(made));
    } catch (error) {
      announce(error.message, true);
    }
  });
  return made;
}

/**
 * The fields of a form that are filled in.
 * @param {HTMLFormElement} of
 * @returns {Object<string, string>}
 */
export function fieldsOf(of) {
  return Object.fromEntries([...new FormData(of)].map(([name, value]) => [name, String(value).trim()]).filter(([, value]) => value));
}

/**
 * A table in a region that scrolls by itself when it is too wide.
 * @param {string} caption
 * @param {string[]} columns
 * @param {Iterable<Node>} rows of `row`
 */
export function table(caption, columns, rows) {
  const head = element("thead", {}, element("tr", {}, ...columns.map((column) => element("th", { scope: "col" }, column))));
  const made = element("table", {}, element("caption", {}, caption), head, element("tbody", {}, ...rows));
  return element("div", { class: "scroll", role: "region", "aria-label": caption, tabindex: "0" }, made);
}

/**
 * A row of a table.
 * @param {...(Node|string|number|null|undefined)} cells
 */
export function row(...cells) {
  return element("tr", {}, ...cells.map((cell) => element("td", {}, cell)));
}

/**
 * A list of names and values.
 * @param {Array<[string, Node|string|number|null|undefined]>} entries those without a value are left out
 */
export function facts(entries) {
  const given = entries.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return element("dl", { class: "facts" }, ...given.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
}

/**
 * A section with a heading.
 * @param {string} title
 * @param {...(Node|string|null)} children
 */
export function section(title, ...children) {
  return element("section", {}, element("h2", {}, title), ...children);
}

/**
 * Text in a box that keeps its spaces, with a button that copies it.
 * @param {string} text
 * @param {string} [name] what is copied, for the button
 */
export function code(text, name = "") {
  const box = element("pre", { tabindex: "0" }, text);
  return element("div", { class: "code" }, box, button("Copy", () => copy(text, box), { class: "copy", "aria-label": name ? `Copy ${name}` : "Copy" }));
}

/** Copies text; where the browser does not allow it, selects it in `box` instead. */
async function copy(text, box) {
  try {
    await navigator.clipboard.writeText(text);
    announce("Copied.");
  } catch {
    getSelection()?.selectAllChildren(box);
    announce("Selected: copy it with the keyboard.");
  }
}

/**
 * Shows a message for some seconds, and has it read out.
 * @param {string} text
 * @param {boolean} [isError]
 */
export function announce(text, isError = false) {
  const notice = document.getElementById("notice");
  notice.textContent = text;
  notice.className = isError ? "bad" : "good";
  clearTimeout(announce.timer);
  announce.timer = setTimeout(() => (notice.textContent = ""), isError ? 10_000 : 4_000);
}

/**
 * Asks before something that cannot be undone.
 * @param {string} question
 * @param {string} yes the text of the button that agrees
 * @returns {Promise<boolean>}
 */
export function confirmed(question, yes) {
  const dialog = document.getElementById("confirm-dialog");
  document.getElementById("confirm-text").textContent = question;
  document.getElementById("confirm-yes").textContent = yes;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}
