/**
 * The page as a second player: messages and bars in, presses and releases out, in ticks. Pure; after server/player.
 *
 * Laws: every press that is let out is released or taken back before it sounds; a release handed out ahead may come
 * earlier, never later; what was missed is not rushed after; a tempo change, a rewrite, a stop, a gate or a panic
 * takes back what was handed out ahead.
 */

import { lineAfter } from "../timeline.js";
import { TICKS_PER_STEP } from "../units.js";

const RANK = { release: 0, hush: 1, gate: 1, panic: 1, stop: 1, press: 2 };

/**
 * @typedef {{voice: string, bar: number, tick: number, pitch: number, velocity: number, duration: number}} Press
 * @typedef {Object} Sink  what makes sound; a handle is whatever `press` returns
 * @property {function(Press): any} press  to sound at its tick
 * @property {function(any, number): void} release  end a note at a tick
 * @property {function(any): void} cancel  take back a press that has not sounded yet
 */

export class Player {
  #queue = [];
  #order = 0;
  /** @type {Map<number, {press: Press, handle: any, end: number}>} notes handed out that have not ended, by owner */
  #out = new Map();
  #owners = 0;
  #floor = 0;
  #end = null;
  #running = false;
  #open = {};

  /** @param {Sink} sink @param {function(): number} now the tick that sounds now */
  constructor(sink, now) {
    this.sink = sink;
    this.now = now;
    this.missed = 0;
  }

  /** Notes handed out for which no release has been. */
  get sounding() {
    return [...this.#out.values()].filter((note) => note.end === Infinity).length;
  }

  /**
   * Join a band that may be playing: from the next bar line on.
   * @param {{running: boolean, open: Object<string, boolean>, end: ?number, bars: import("../types.js").Bar[]}} show
   */
  join({ running, open, end, bars }) {
    this.#clear();
    this.#running = running;
    this.#open = { ...open };
    this.#end = end;
    this.#floor = lineAfter(this.now());
    bars.forEach((bar) => this.load(bar));
    if (running && end !== null) {
      this.#add(end, "stop", {});
    }
  }

  /** Leave: silence now. */
  leave() {
    this.#silence();
    this.#running = false;
    this.#queue = [];
  }

  /** Take a bar, or the rest of one. @param {import("../types.js").Bar} bar */
  load(bar) {
    if (!this.#running) {
      return;
    }
    const since = bar.tick + bar.start;
    const replaced = (press) => press.bar === bar.bar && press.voice in bar.notes && press.tick >= since;
    this.#takeBack((press) => replaced(press));
    this.#queue = this.#queue.filter((e) => e.kind !== "press" || !replaced(e.what));
    (bar.hush ?? []).forEach((voice) => this.#add(since, "hush", { voice }));
    for (const [voice, notes] of Object.entries(bar.notes)) {
      for (const [onset, duration, pitch, velocity] of notes) {
        const tick = bar.tick + onset;
        if (onset >= bar.start && tick >= this.#floor && (this.#end === null || tick < this.#end)) {
          this.#add(tick, "press", { voice, bar: bar.bar, tick, pitch, velocity, duration });
        }
      }
    }
  }

  /** Take a message that main told the player. @param {import("../types.js").Told} told */
  tell(told) {
    switch (told.type) {
      case "Start":
        this.#clear();
        [this.#running, this.#floor, this.#end] = [true, told.tick, null];
        break;
      case "Retime":
        this.#takeBack(() => true, true);
        break;
      case "Stop":
        this.#stop(told.tick ?? null);
        break;
      case "GoOn":
        this.#end = null;
        this.#running = true;
        break;
      case "Gate":
        this.#at(told.tick, "gate", told, () => this.#gate(told));
        break;
      case "Panic":
        this.#at(told.tick, "panic", told, () => this.#panic(told.resume));
        break;
      default:
        break;
    }
  }

  /** Hand out what is due before a tick. @param {number} until */
  step(until) {
    while (this.#queue.length && this.#queue[0].tick <= until) {
      const { tick, kind, what } = this.#queue.shift();
      this.#play(tick, kind, what);
    }
    const now = this.now();
    for (const [owner, { end }] of this.#out) {
      if (end <= now) {
        this.#out.delete(owner);
      }
    }
  }

  #play(tick, kind, what) {
    switch (kind) {
      case "press":
        this.#press(what);
        break;
      case "release":
        this.#release(what.owner, tick);
        break;
      case "hush":
        this.#hush((press) => press.voice === what.voice, tick);
        break;
      case "gate":
        this.#gate(what, tick);
        break;
      case "panic":
        this.#panic(what.resume, tick);
        break;
      case "stop":
        if (tick === this.#end) {
          this.#hush(() => true, tick);
          this.#queue = this.#queue.filter((e) => e.kind !== "press");
        }
        break;
      default:
        break;
    }
  }

  #press(press) {
    if (this.#open[press.voice] === false) {
      return;
    }
    if (press.tick < this.now() - TICKS_PER_STEP) {
      this.missed += 1;
      return;
    }
    for (const [owner, { press: old }] of this.#out) {
      if (old.voice === press.voice && old.pitch === press.pitch) {
        this.#release(owner, press.tick);
      }
    }
    this.#owners += 1;
    this.#out.set(this.#owners, { press, handle: this.sink.press(press), end: Infinity });
    this.#add(press.tick + press.duration, "release", { owner: this.#owners });
  }

  #release(owner, tick) {
    const note = this.#out.get(owner);
    if (note && tick < note.end) {
      note.end = tick;
      this.sink.release(note.handle, tick);
    }
  }

  /** End what sounds at a tick; what was to begin there or later is taken back. */
  #hush(wanted, tick) {
    this.#takeBack((press) => wanted(press) && press.tick >= tick);
    for (const [owner, { press }] of this.#out) {
      if (wanted(press)) {
        this.#release(owner, tick);
      }
    }
  }

  #silence() {
    this.#takeBack(() => true);
    this.#hush(() => true, this.now());
  }

  #stop(tick) {
    if (!this.#running) {
      return;
    }
    this.#end = tick ?? this.now();
    if (tick === null) {
      this.leave();
      return;
    }
    this.#takeBack((press) => press.tick >= tick);
    this.#queue = this.#queue.filter((e) => e.kind !== "press" || e.what.tick < tick);
    this.#add(tick, "stop", {});
  }

  #gate({ voice, open }, tick = this.now()) {
    this.#open[voice] = open;
    if (!open) {
      this.#hush((press) => press.voice === voice, tick);
    }
  }

  #panic(resume, tick = this.now()) {
    this.#floor = Math.max(this.#floor, resume);
    this.#takeBack((press) => press.tick < resume);
    this.#hush((press) => press.tick < resume, tick);
    this.#queue = this.#queue.filter((e) => e.kind !== "press" || e.what.tick >= resume);
  }

  /** Take back what has been handed out and does not sound yet; `again`: to be handed out anew. */
  #takeBack(wanted, again = false) {
    const now = this.now();
    for (const [owner, { press, handle }] of this.#out) {
      if (press.tick > now && wanted(press)) {
        this.#out.delete(owner);
        this.sink.cancel(handle);
        if (again) {
          this.#add(press.tick, "press", press);
        }
      }
    }
  }

  #at(tick, kind, told, now) {
    if (typeof tick === "number" && this.#running) {
      this.#add(tick, kind, told);
    } else {
      now();
    }
  }

  #clear() {
    this.#silence();
    const waiting = this.#queue.filter((e) => e.kind === "gate");
    this.#queue = [];
    waiting.forEach((e) => this.#gate(e.what));
  }

  /** Keep the queue in order of tick, rank and arrival. */
  #add(tick, kind, what) {
    const rank = RANK[kind];
    let place = this.#queue.length;
    while (place > 0 && (this.#queue[place - 1].tick > tick || (this.#queue[place - 1].tick === tick && this.#queue[place - 1].rank > rank))) {
      place -= 1;
    }
    this.#queue.splice(place, 0, { tick, rank, kind, what, order: (this.#order += 1) });
  }
}
