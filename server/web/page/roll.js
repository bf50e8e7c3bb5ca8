/** The piano roll: all voices over time; what sounded, sounds, and is planned. */

import { calm, el, write } from "./dom.js";
import { LANES, rangeOf } from "./geometry.js";
import { coming, edge, grid, headOf, heads, pendings } from "./heads.js";
import { Glow, draw, sounding } from "./notes.js";
import { ShownRange } from "./range.js";
import { Scroll } from "./scroll.js";
import { TICKS_PER_BAR } from "./units.js";

const DRUMS_SHARE = 0.26; // of the height
const HEAD_REM = 2.6; // sections and chords
const LANE_REM = 0.7; // of the names of the drums' lanes, at most
const CHANGES = ["hello", "bar", "tell", "pending"];

export class Roll {
  #change = 0;
  #range = new ShownRange();
  #glow = new Glow();
  #near = { key: null, bars: [], heard: null };
  #lit = { key: null, left: 0 };
  #left = { name: null, width: 0, shift: 0 };

  /**
   * @param {HTMLElement} host @param {import("./state.js").Store} store
   * @param {import("./moment.js").Moment} moment
   */
  constructor(host, store, moment) {
    Object.assign(this, { host, store, moment, scroll: new Scroll(host) });
    const names = LANES.map(({ name }) => el("span", { text: name })).reverse();
    this.lanes = el("div", { class: "lanes", "aria-hidden": "true" }, ...names);
    this.section = el("b", { class: "section", "aria-hidden": "true" });
    host.append(this.lanes, this.section);
    store.on("bar", (bar) => this.#describe(bar));
    CHANGES.forEach((topic) => store.on(topic, () => (this.#change += 1)));
  }

  /** Measure anew. @param {ReturnType<import("./paint.js").palette>} paint */
  fit(paint) {
    this.scroll.fit();
    const lane = (this.host.clientHeight * DRUMS_SHARE) / LANES.length;
    this.lanes.style.height = `${100 * DRUMS_SHARE}%`;
    this.lanes.style.fontSize = `${Math.min(LANE_REM * paint.unit, 0.85 * lane)}px`;
    this.host.style.setProperty("--head", `${HEAD_REM}rem`);
  }

  /** Draw the present. @param {ReturnType<import("./paint.js").palette>} paint @param {number} tick now */
  draw(paint, tick) {
    const { moves } = this.moment;
    const view = this.scroll.look(tick, paint.unit);
    if (view === null) {
      return;
    }
    const { bars, heard } = this.#within(view);
    const range = this.#range.follow(heard, performance.now(), moves && !calm());
    const [head, floor] = [HEAD_REM * paint.unit, view.height * (1 - DRUMS_SHARE)];
    const stage = { ...view, paint, head, floor, range, store: this.store };
    const key = [view.key, this.#change, range.low, range.high].join(" ");
    this.scroll.strip.draw(key, view.long, view.height, view.scale, (context) => {
      grid(context, stage);
      heads(context, stage, bars);
      const next = coming(bars, this.store.pending, { end: this.store.end, held: this.store.value("hold") === 1 });
      if (next) {
        headOf(context, stage, next);
      }
      pendings(context, stage, this.store.pending);
      draw(context, stage, bars);
    });
    this.scroll.strip.shift(view.shift);
    this.#light(stage, key, moves ? sounding(this.store, bars, tick) : []);
    this.#nameLeft(bars, view);
  }

  /** The name of the section at the left edge; that of the next one pushes it out. */
  #nameLeft(bars, view) {
    const { name, shift } = edge(bars, view, this.#left.width);
    if (name !== this.#left.name) {
      write(this.section, name.toUpperCase());
      this.#left = { name, width: this.section.offsetWidth, shift: null };
    }
    if (shift !== this.#left.shift) {
      this.#left.shift = shift;
      this.section.style.transform = `translateX(${shift}px)`;
    }
  }

  /** The bars on the strip, and the pitches that are heard there. */
  #within(view) {
    const key = [view.key, this.#change].join(" ");
    if (this.#near.key !== key) {
      const bars = this.store.bars.all().filter((b) => b.tick < view.end && b.tick + 2 * TICKS_PER_BAR > view.start);
      const voices = bars.flatMap(({ notes }) => Object.entries(notes)).filter(([voice]) => voice !== "drums");
      this.#near = { key, bars, heard: rangeOf(voices.flatMap(([, notes]) => notes.map((note) => note[2]))) };
    }
    return this.#near;
  }

  /** What sounds shines: drawn when another note begins or ends. */
  #light(stage, drawn, notes) {
    const key = [drawn, ...notes.map((note) => note.key)].join(" ");
    if (key !== this.#lit.key) {
      const { left, right } = notes.length ? this.#glow.reach(stage, notes) : { left: 0, right: 0 };
      this.#lit = { key, left };
      const half = (stage.px * TICKS_PER_BAR) / 2; // a canvas of a new size is dear
      this.scroll.over.draw(key, Math.ceil((right - left) / half) * half, stage.height, stage.scale, (context) => {
        context.translate(-left, 0);
        this.#glow.draw(context, stage, notes);
      });
    }
    this.scroll.over.shift(stage.shift + this.#lit.left);
  }

  #describe(bar) {
    const counts = this.store.voices.map((voice) => `${voice} ${bar.notes[voice]?.length ?? 0}`);
    const { section, chords } = bar.plan;
    const text = `Piano roll. Bar ${bar.bar}, ${section}, ${[...new Set(chords)].join(" ")}; notes: ${counts.join(", ")}`;
    this.host.setAttribute("aria-label", text);
  }
}
