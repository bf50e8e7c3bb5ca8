/** The keyboard map: everything that is played live has a key. */

import { byId, el } from "./dom.js";

const STEP = 0.05; // of tension
const HELP = [
  ["Space", "play, stop"],
  ["Esc", "panic: every note off"],
  ["C", "continue"],
  ["1 … 9", "sections"],
  ["↑ ↓", "tension"],
  ["M then 1 … 5", "mute a voice"],
  ["S then 1 … 5", "solo a voice"],
  ["H", "hold the running bar"],
  ["A", "the running bar again"],
  ["U", "undo"],
  ["P", "autopilot"],
  ["T", "tap the tempo"],
  ["K", "to the chords"],
  ["B", "hear the band in this browser"],
  ["?", "this list"],
];
const PREFIX_MS = 1500;
const ARROWS = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"];

/**
 * What stands on the key in HELP: its place on the keyboard counts where a layout has something else there (accents where
 * others have digits, another alphabet). @param {KeyboardEvent} event @returns {string}
 */
export function named({ key = "", code = "", shiftKey }) {
  const place = /^(?:Key|Digit)(.)$/.exec(code)?.[1].toLowerCase();
  const foreign = /^[^\x00-\x7f]$/.test(key);
  return place && (foreign || (/\d/.test(place) && !shiftKey)) ? place : key.toLowerCase();
}

/** Whether the key belongs to the element that has the focus. @param {KeyboardEvent} event */
export function taken({ target, key, ctrlKey, metaKey, altKey }) {
  if (ctrlKey || metaKey || altKey) {
    return true;
  }
  const tag = target?.tagName;
  const type = target?.type;
  if (tag === "TEXTAREA" || tag === "SELECT" || (tag === "INPUT" && type !== "range")) {
    return true;
  }
  if (tag === "INPUT" || tag === "OL") { // a fader, and the log, which scrolls
    return ARROWS.includes(key);
  }
  return (tag === "BUTTON" || tag === "A") && (key === " " || key === "Enter");
}

/** @param {import("./state.js").Store} store @param {import("./desk.js").Desk} desk */
export function keys(store, desk) {
  let prefix = "";
  let timer = 0;
  const dialog = byId("help-dialog");
  byId("help-keys").append(...HELP.map(([key, about]) => el("div", {}, el("dt", {}, el("kbd", { text: key })), el("dd", { text: about }))));
  byId("help").addEventListener("click", () => dialog.showModal());
  const steers = byId("keys-steer"); // single keys can come from a voice that dictates, or a hand that slips
  const steering = () => steers.getAttribute("aria-pressed") === "true";
  steers.addEventListener("click", () => steers.setAttribute("aria-pressed", String(!steering())));
  const press = (id) => () => byId(id).click();
  const tension = (by) => () => {
    const value = Number(store.value("tension")) + by;
    desk.do("tension", [Math.round(Math.min(1, Math.max(0, value)) * 100) / 100]);
  };
  const map = {
    " ": () => desk.do(store.value("playing") ? "stop" : "play"),
    escape: press("panic"),
    c: press("continue"),
    arrowup: tension(STEP),
    arrowdown: tension(-STEP),
    h: press("hold"),
    a: press("again"),
    u: press("undo"),
    p: press("autopilot"),
    t: ({ timeStamp }) => byId("tap").dispatchEvent(new CustomEvent("beat", { detail: timeStamp })),
    b: press("hear"),
    k: () => byId("chords").focus(),
    "?": () => dialog.showModal(),
  };
  const remember = (key) => {
    prefix = key;
    clearTimeout(timer);
    timer = setTimeout(() => {
      prefix = "";
    }, PREFIX_MS);
  };
  document.addEventListener("keydown", (event) => {
    if (event.repeat && event.key !== "ArrowUp" && event.key !== "ArrowDown") {
      return;
    }
    if (taken(event) || !steering() || document.querySelector("dialog[open]")) {
      return;
    }
    const key = named(event);
    if (key === "m" || key === "s") {
      remember(key);
    } else if (/^[1-9]$/.test(key)) {
      const place = Number(key) - 1;
      const name = prefix ? store.voices[place] : null;
      byId(name ? `${name}-${prefix === "m" ? "mute" : "solo"}` : "")?.click();
      if (!prefix) {
        byId("sections").children[place]?.click();
      }
      prefix = "";
    } else if (map[key]) {
      event.preventDefault();
      map[key](event);
    }
  });
}
