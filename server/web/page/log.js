/** The log in plain words, newest first, and how the machine is doing. */

import { byId, el, write } from "./dom.js";

const SHOWN = 60;
const NAMED = 3; // ports by name; more are counted

export class Log {
  /** @param {import("./state.js").Store} store */
  constructor(store) {
    this.host = byId("log");
    store.on("hello", () => {
      this.host.replaceChildren();
      store.log.forEach((line) => this.#add(line));
    });
    store.on("log", (line) => this.#add(line));
  }

  /** Add a line of the page's own. @param {string} kind @param {string} text */
  note(kind, text) {
    this.#add({ kind, text, bar: null });
  }

  #add({ kind, text, bar }) {
    const first = this.host.firstChild;
    if (first?.dataset.text === text) {
      const times = Number(first.dataset.times) + 1;
      first.dataset.times = String(times);
      write(first.querySelector(".times"), `×${times}`);
      return;
    }
    const where = bar === null || bar === undefined || bar < 0 ? "" : `bar ${bar}`;
    this.host.prepend(
      el("li", { class: kind, data: { kind, text, times: "1" } },
        el("span", { class: "kind", text: kind }), el("span", { text }),
        el("span", { class: "times" }), el("span", { class: "where", text: where })),
    );
    while (this.host.children.length > SHOWN) {
      this.host.lastChild.remove();
    }
  }
}

/** What `/status` says, in words: [id, label, text of the pairs]. */
const PAIRS = [
  ["clock", "Clock", (s) => [s.clock, s.clock_state].filter(Boolean).join(", ")],
  ["headroom", "Headroom", (s) => `${num(s.headroom_ms)} ms`],
  ["generation", "Bars took", (s) => `the last ${num(s.generation_ms)} ms, 99 % below ${num(s.generation_ms_p99)}`],
  ["late", "Late", (s) => (s.late ? `${s.late} (bars: ${s.bars_late ?? 0})` : "nothing")],
  ["understudied", "Stood in for", (s) => `${s.understudied ?? 0} times`],
  ["rejected", "Refused", (s) => `${s.rejected ?? 0}`],
  ["experts", "Experts", (s) => String(s.experts_state ?? "–")],
  ["ports", "MIDI", (s) => portsOf(String(s.ports ?? ""))],
  ["uptime", "Running", (s) => span(Number(s.uptime_s) || 0)],
  ["version", "Version", (s) => String(s.version ?? "–")],
];

const num = (value) => (typeof value === "number" ? String(Math.round(value * 10) / 10) : "–");

/** @param {number} seconds @returns {string} */
export function span(seconds) {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours ? `${hours} h ${minutes} min` : minutes ? `${minutes} min` : `${Math.floor(seconds)} s`;
}

/** "jack:lead=open jack:bass=open recorder:x=open" in few words. @param {string} text */
export function portsOf(text) {
  const ports = text.split(" ").filter(Boolean).map((port) => port.split(/[:=]/));
  const open = ports.filter(([, , state]) => state === "open");
  const backends = [...new Set(open.map(([backend]) => backend))].join(", ");
  const lacking = ports.filter(([, , state]) => state !== "open");
  const states = [...new Set(lacking.map(([, , state]) => state))];
  const told = states.map((state) => {
    const names = lacking.filter((port) => port[2] === state).map(([, name]) => name);
    return names.length > NAMED ? `${names.length} ${state}` : `${names.join(", ")} ${state}`;
  });
  return [open.length ? `${open.length} open (${backends})` : "none open", ...told].join("; ");
}

export class Health {
  /** @param {import("./state.js").Store} store @param {import("./clock.js").ServerClock} clock */
  constructor(store, clock) {
    this.rows = new Map();
    const host = byId("health");
    for (const [id, label] of [...PAIRS, ["answer", "This page"]]) {
      const value = el("dd", { id: `health-${id}` });
      this.rows.set(id, value);
      host.append(el("div", {}, el("dt", { text: label }), value));
    }
    const show = () => {
      PAIRS.forEach(([id, , say]) => write(this.rows.get(id), say(store.status)));
      this.rows.get("late").parentElement.classList.toggle("alarm", Boolean(store.status.late));
      write(this.rows.get("answer"), clock.known ? `clock right to ${(clock.uncertainty * 1000).toFixed(1)} ms` : "–");
    };
    store.on("hello", show);
    store.on("status", show);
  }
}
