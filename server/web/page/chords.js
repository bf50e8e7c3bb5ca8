/** Chords: the loop as text, judged while one types, and the chords of the key as pads. */

import { flash, follow } from "./controls.js";
import { byId, el, write } from "./dom.js";
import { validate } from "./steer.js";

/** @param {import("./state.js").Store} store @param {import("./desk.js").Desk} desk */
export function chords(store, desk) {
  const entry = byId("chords");
  const verdict = byId("chords-error");
  const unsaid = validate(entry, verdict, (text) => desk.line.check("chords", [text]));
  const show = () => {
    entry.value = String(store.value("chords") || entry.dataset.loop || "");
    unsaid();
  };
  const set = async () => {
    const reply = await desk.do("chords", [entry.value], { quiet: true });
    write(verdict, reply.ok ? "" : (reply.reason ?? "refused"));
    entry.setAttribute("aria-invalid", String(!reply.ok));
    if (reply.ok) {
      entry.blur();
    }
  };
  byId("chords-form").addEventListener("submit", (event) => {
    event.preventDefault();
    set();
  });
  entry.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      show();
      entry.blur();
    }
  });
  store.on("hello", ({ loop }) => {
    entry.dataset.loop = loop || entry.dataset.loop || ""; // a server that was killed meanwhile knows less than this page
  });
  follow(store, "chords", (loop) => {
    entry.dataset.loop = loop || entry.dataset.loop || "";
    if (document.activeElement !== entry) {
      show();
    }
  });
  const auto = byId("chords-auto");
  follow(store, "chords/auto", (on) => auto.setAttribute("aria-pressed", String(Boolean(on))));
  auto.addEventListener("click", () => (auto.getAttribute("aria-pressed") === "true" ? set() : desk.do("chords/auto")));
  ["hello", "state"].forEach((topic) => store.on(topic, () => now(store)));
  ["hello", "names", "state"].forEach((topic) => store.on(topic, () => pads(store, desk, set)));
}

/** What rules in the loop's place. */
function now(store) {
  const [chord, auto] = ["chord", "chords/auto"].map((path) => store.value(path));
  write(byId("chords-now"), auto ? "the harmony expert chooses" : chord ? `${chord} until further notice` : "");
}

function pads(store, desk, loop) {
  const host = byId("chord-pads");
  const names = store.names.key_chords ?? [];
  if (host.dataset.names !== JSON.stringify(names)) {
    host.dataset.names = JSON.stringify(names);
    host.replaceChildren(...names.map((name) => pad(name, desk, loop)));
  }
  for (const button of host.children) {
    button.setAttribute("aria-pressed", String(button.dataset.chord === store.value("chord")));
  }
}

/** A chord of the key; the one that rules already gives way to the loop. */
function pad(name, desk, loop) {
  const button = el("button", {
    type: "button",
    class: "pad",
    text: name,
    data: { path: "chord", chord: name },
    "aria-pressed": "false",
    on: {
      click: () => {
        flash(button);
        return button.getAttribute("aria-pressed") === "true" ? loop() : desk.do("chord", [name]);
      },
    },
  });
  return button;
}
