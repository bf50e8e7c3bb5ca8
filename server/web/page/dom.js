/** Small helpers for elements. Data are put in as text only, never as markup. */

/** @param {string} id @returns {HTMLElement} */
export const byId = (id) => document.getElementById(id);

/**
 * Make an element.
 * @param {string} tag
 * @param {{class?: string, text?: string, data?: Object<string, string>, on?: Object<string, function(Event): void>,
 *   [attribute: string]: any}} [about]
 * @param {...(Node|string)} children
 * @returns {HTMLElement}
 */
export function el(tag, about = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(about)) {
    if (name === "class") {
      node.className = value;
    } else if (name === "text") {
      node.textContent = value;
    } else if (name === "data") {
      Object.assign(node.dataset, value);
    } else if (name === "on") {
      Object.entries(value).forEach(([event, listener]) => node.addEventListener(event, listener));
    } else if (value !== null && value !== undefined && value !== false) {
      node.setAttribute(name, value === true ? "" : String(value));
    }
  }
  node.append(...children);
  return node;
}

/** Write a text only where it has changed: so that nothing is laid out anew. */
export function write(node, text) {
  if (node && node.textContent !== text) {
    node.textContent = text;
  }
}

const motion = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)");

/** Whether the reader wants little motion. */
export const calm = () => motion?.matches ?? false;
