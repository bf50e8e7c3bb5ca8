/**
 * Faders, toggles, buttons and choices, bound to paths by their `data-path`, `data-toggle` and `data-do`.
 *
 * Law: what they show is the server's state; only a control in the performer's hand shows his hand.
 */

import { byId, calm, write } from "./dom.js";
import { fingers } from "./touch.js";

const SEND_MS = 33; // 30 moves a second: a fader may be dragged all day below the server's bound of 200 frames/s
const SETTLE_MS = 350; // after letting go: the echo of the last move is still on its way
const FLASH_MS = 160;

/** @param {number} value @returns {string} */
export const shown = (value) => value.toFixed(2);

/** Sends at most one value per SEND_MS; the last one always goes out. */
export class Throttle {
  #timer = 0;
  #next = null;

  /** @param {function(any): void} send */
  constructor(send) {
    this.send = send;
  }

  /** @param {any} value */
  put(value) {
    if (this.#timer) {
      this.#next = { value };
      return;
    }
    this.send(value);
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      const next = this.#next;
      this.#next = null;
      if (next) {
        this.put(next.value);
      }
    }, SEND_MS);
  }
}

/** Bind all controls below `root`. @param {ParentNode} root @param {import("./state.js").Store} store @param {import("./desk.js").Desk} desk */
export function bind(root, store, desk) {
  root.querySelectorAll("input[type=range][data-path]").forEach((input) => bindFader(input, store, desk));
  root.querySelectorAll("button[data-toggle]").forEach((button) => bindToggle(button, store, desk));
  root.querySelectorAll("button[data-do]").forEach((button) => bindAction(button, desk));
}

/** Call `show` with the first value of a path, now and whenever it changes. */
export function follow(store, path, show) {
  const tell = () => {
    if (store.value(path) !== null) {
      show(store.value(path), store.state[path]);
    }
  };
  store.on("hello", tell);
  store.on("state", (changed) => {
    if (path in changed) {
      tell();
    }
  });
  tell();
}

/** Bind a fader; `data-over` names the choice of beats in which its value is to be reached. @param {HTMLInputElement} input */
function bindFader(input, store, desk) {
  const { path, over } = input.dataset;
  const beats = () => Number(byId(over)?.value ?? 0);
  const output = input.closest("div")?.querySelector(`output[for="${input.id}"]`);
  const throttle = new Throttle((value) => desk.do(path, beats() ? [value, beats()] : [value], { sweep: true }));
  let held = false;
  let settle = 0;
  const show = (value) => {
    input.value = String(value);
    paintFader(input, output);
  };
  const refresh = () => {
    if (!held && store.value(path) !== null) {
      show(store.value(path));
    }
  };
  const letGo = () => {
    clearTimeout(settle);
    settle = setTimeout(() => {
      held = false;
      refresh();
    }, SETTLE_MS);
  };
  input.addEventListener("pointerdown", () => {
    held = true;
    clearTimeout(settle);
  });
  input.addEventListener("input", () => {
    held = true;
    clearTimeout(settle);
    paintFader(input, output);
    throttle.put(Number(input.value));
  });
  ["change", "pointerup", "pointercancel", "blur"].forEach((name) => input.addEventListener(name, letGo));
  fingers(input);
  follow(store, path, refresh);
}

/** Fill the track up to the knob; write the value. */
export function paintFader(input, output) {
  const value = Number(input.value);
  input.style.setProperty("--fill", `${value * 100}%`);
  if (output) {
    write(output, shown(value));
  }
}

/** @param {HTMLButtonElement} button */
export function bindToggle(button, store, desk) {
  const path = button.dataset.toggle;
  button.dataset.path = path;
  button.addEventListener("click", () => {
    const on = button.getAttribute("aria-pressed") !== "true";
    const takes = store.parameter(path)?.arguments.length ?? 1;
    desk.do(path, takes ? [Number(on)] : []);
  });
  follow(store, path, (value) => button.setAttribute("aria-pressed", String(Number(value) >= 0.5)));
}

/** @param {HTMLButtonElement} button */
export function bindAction(button, desk) {
  button.dataset.path = button.dataset.do;
  button.addEventListener("click", () => {
    flash(button);
    desk.do(button.dataset.do);
  });
}

/** Show that a press was felt. */
export function flash(button) {
  if (!calm()) {
    button.classList.add("flash");
    setTimeout(() => button.classList.remove("flash"), FLASH_MS);
  }
}

/** A button that was clicked or touched gives the focus back, so that the space bar stays play and stop, also behind a dialog. */
export function keepKeys(root) {
  const blur = (event) => {
    const button = event.target.closest?.("button, a.button");
    if (button && event.detail > 0) {
      button.blur();
    }
  };
  root.addEventListener("click", blur, { capture: true }); // before a dialog opens, which gives the focus back to where it was
}

/** Fill a choice with names, keep what is chosen. @param {HTMLSelectElement} select @param {[string, string][]} options value, text */
export function fill(select, options) {
  const wanted = JSON.stringify(options);
  if (select.dataset.filled !== wanted) {
    const chosen = select.value;
    select.replaceChildren(...options.map(([value, text]) => new Option(text, value)));
    select.value = chosen;
    select.dataset.filled = wanted;
  }
}

/**
 * Bind a text or number input or a choice: sends when it is changed, follows while it is not being written in.
 * @param {function(string): any} send @param {function(): void} [settled] called when it shows what holds
 */
export function bindEntry(entry, store, send, settled = () => undefined) {
  const path = entry.dataset.path;
  const show = () => {
    entry.value = String(store.value(path));
    settled();
  };
  const refresh = () => {
    if (document.activeElement !== entry || entry.tagName === "SELECT") {
      show();
    }
  };
  entry.addEventListener("change", () => (entry.value.trim() ? send(entry.value) : show()));
  entry.addEventListener("blur", refresh);
  entry.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      show();
      entry.blur();
    }
  });
  follow(store, path, refresh);
}
