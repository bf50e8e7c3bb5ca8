/** What the performer steers beside faders and buttons: sections, tempo, key, genre, seed. */

import { bindEntry, fill, flash } from "./controls.js";
import { byId, el, write } from "./dom.js";
import { tapped, tempoOf } from "./tap.js";

const TONICS = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];
const SEEDS = 2 ** 31;
const MOST_KEYS = 9; // 1..9 of the keyboard

/** @param {import("./state.js").Store} store @param {import("./desk.js").Desk} desk */
export function steer(store, desk) {
  sections(store, desk);
  tempo(store, desk);
  key(store, desk);
  genre(store, desk);
  seed(store, desk);
  ["hello", "names", "state"].forEach((topic) => store.on(topic, () => places(store)));
}

function sections(store, desk) {
  const host = byId("sections");
  const build = () => {
    const names = store.names.sections;
    if (host.dataset.names !== JSON.stringify(names)) {
      host.dataset.names = JSON.stringify(names);
      host.replaceChildren(...names.map((name, place) => pad(name, place, desk)));
    }
  };
  store.on("hello", build);
  store.on("names", build);
}

function pad(name, place, desk) {
  const button = el("button", {
    type: "button",
    class: "pad",
    data: { path: "section", section: name },
    "aria-pressed": "false",
    on: {
      click: () => {
        flash(button);
        desk.do("section", [name]);
      },
    },
  });
  button.append(el("span", { dir: "auto", text: name }), ...(place < MOST_KEYS ? [el("kbd", { text: String(place + 1), "aria-hidden": "true" })] : []));
  return button;
}

/** Which pad stands for what is wished now. */
function places(store) {
  const wish = store.value("section");
  for (const button of byId("sections").children) {
    button.setAttribute("aria-pressed", String(button.dataset.section === wish));
  }
}

function tempo(store, desk) {
  const entry = byId("tempo");
  const send = (value) => desk.do("tempo", [Number(value)]);
  bindEntry(entry, store, send);
  byId("tempo-down").addEventListener("click", () => send(Math.max(20, Number(store.value("tempo")) - 1)));
  byId("tempo-up").addEventListener("click", () => send(Math.min(300, Number(store.value("tempo")) + 1)));
  let taps = [];
  byId("tap").addEventListener("pointerdown", (event) => tap(event.timeStamp));
  byId("tap").addEventListener("click", (event) => event.detail === 0 && tap(event.timeStamp)); // from the keyboard
  byId("tap").addEventListener("beat", ({ detail }) => tap(detail));
  const tap = (ms) => { // when it was touched, not when a page that draws came round to it
    flash(byId("tap"));
    taps = tapped(taps, ms / 1000);
    const bpm = tempoOf(taps);
    if (bpm) {
      send(Math.min(300, Math.max(20, bpm)));
    }
  };
}

function key(store, desk) {
  const entry = byId("key");
  byId("keys").replaceChildren(...TONICS.flatMap((tonic) => [`${tonic}m`, tonic].map((value) => el("option", { value }))));
  const verdict = byId("key-error");
  const unsaid = validate(entry, verdict, (text) => desk.line.check("key", [text]));
  bindEntry(entry, store, (text) => desk.do("key", [text]), unsaid);
}

/**
 * Say while one types whether it would be taken. @param {HTMLInputElement} entry @param {HTMLElement} verdict
 * @returns {function(): void} forgets what was said: the text is another one now
 */
export function validate(entry, verdict, check) {
  const CALM_MS = 120;
  let timer = 0;
  let asked = 0;
  entry.addEventListener("input", () => {
    clearTimeout(timer);
    asked += 1;
    const own = asked;
    timer = setTimeout(async () => {
      const text = entry.value.trim();
      const reply = text ? await check(text) : { ok: true };
      if (own === asked) {
        write(verdict, reply.ok ? "" : (reply.reason ?? "refused"));
        entry.setAttribute("aria-invalid", String(!reply.ok));
      }
    }, CALM_MS);
  });
  return () => {
    clearTimeout(timer);
    asked += 1;
    write(verdict, "");
    entry.setAttribute("aria-invalid", "false");
  };
}

function genre(store, desk) {
  const choice = byId("genre");
  const build = () => fill(choice, store.names.genres.map((name) => [name, name]));
  store.on("hello", build);
  store.on("names", build);
  bindEntry(choice, store, (name) => desk.do("genre", [name]));
}

function seed(store, desk) {
  bindEntry(byId("seed"), store, (text) => desk.do("seed", [Math.round(Number(text))]));
  byId("seed-dice").addEventListener("click", () => desk.do("seed", [Math.floor(Math.random() * SEEDS)]));
}
