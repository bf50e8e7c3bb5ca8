/** Chords: the loop as text, judged while one types, and the chords of the key as pads. */

import { flash } from "./controls.js";
import { byId, el, write } from "./dom.js";
import { validate } from "./steer.js";

/** @param {import("./state.js").Store} store @param {import("./desk.js").Desk} desk */
export function chords(store, desk) {
  const entry = byId("chords");
  const verdict = byId("chords-error");
  validate(entry, verdict, (text) => desk.line.check("chords", [text]));
  byId("chords-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const reply = await desk.do("chords", [entry.value], { quiet: true });
    write(verdict, reply.ok ? "" : (reply.reason ?? "refused"));
    entry.setAttribute("aria-invalid", String(!reply.ok));
    if (reply.ok) {
      entry.blur();
    }
  });
  const show = () => now(store, entry);
  ["hello", "state"].forEach((topic) => store.on(topic, show));
  ["hello", "names", "state"].forEach((topic) => store.on(topic, () => pads(store, desk)));
}

/** The loop in force, or what rules in its place. */
function now(store, entry) {
  const [loop, chord, auto] = ["chords", "chord", "chords/auto"].map((path) => store.value(path));
  write(byId("chords-now"), auto ? "the harmony expert chooses" : chord ? `${chord} until further notice` : "");
  if (document.activeElement !== entry && loop) {
    entry.value = String(loop);
  }
}

function pads(store, desk) {
  const host = byId("chord-pads");
  const names = store.names.key_chords ?? [];
  if (host.dataset.names !== JSON.stringify(names)) {
    host.dataset.names = JSON.stringify(names);
    host.replaceChildren(...names.map((name) => pad(name, desk)));
  }
  for (const button of host.children) {
    button.setAttribute("aria-pressed", String(button.dataset.chord === store.value("chord")));
  }
}

function pad(name, desk) {
  const button = el("button", {
    type: "button",
    class: "pad",
    text: name,
    data: { path: "chord", chord: name },
    "aria-pressed": "false",
    on: {
      click: () => {
        flash(button);
        desk.do("chord", [name]);
      },
    },
  });
  return button;
}
