/**
 * The state of the show as the server tells it: the one truth of the page.
 *
 * Frames go in by `take`; views listen to topics: hello, names, state, pending, bar, tell, beat, status, log, clock.
 */

import { Bars } from "./bars.js";
import { barOf, lineAfter } from "./timeline.js";
import { VOICES } from "./units.js";

const LINES = 200;
const CUTS = 8;

export class Store {
  /** @type {Map<string, Set<function(any): void>>} */
  #listeners = new Map();

  constructor() {
    /** @type {?any} what the server said first */
    this.hello = null;
    /** @type {Object<string, import("./types.js").Value[]>} wishes by path */
    this.state = {};
    /** @type {import("./types.js").Names} */
    this.names = { sections: [], genres: [], scenes: [], experts: {}, key_chords: [] };
    /** @type {import("./types.js").Pending[]} */
    this.pending = [];
    /** @type {Object<string, import("./types.js").Value>} */
    this.status = {};
    /** @type {import("./types.js").Line[]} */
    this.log = [];
    /** @type {?import("./types.js").Timeline} */
    this.timeline = null;
    this.bars = new Bars();
    /** @type {?number} tick at which the music ends */
    this.end = null;
    /** @type {[number, number][]} ticks between which a panic dropped what was planned */
    this.cuts = [];
    /** @type {Object<string, boolean>} what mute and solo let through */
    this.open = Object.fromEntries(VOICES.map((voice) => [voice, true]));
    /** @type {?{bar: number, beat: number}} that sounded last */
    this.beat = null;
  }

  /** @returns {string[]} */
  get voices() {
    return this.hello?.voices ?? [...VOICES];
  }

  /** @param {string} path @returns {?import("./types.js").Value} first value of a path */
  value(path) {
    return this.state[path]?.[0] ?? null;
  }

  /** @param {string} path @returns {?import("./types.js").Parameter} */
  parameter(path) {
    return this.hello?.tree.find((p) => p.path === path) ?? null;
  }

  /** Call back on a topic. @param {string} topic @param {function(any): void} listener */
  on(topic, listener) {
    this.#listeners.set(topic, (this.#listeners.get(topic) ?? new Set()).add(listener));
  }

  /** Take one frame. @param {Object<string, any>} frame @param {number} tick that sounds now */
  take(frame, tick) {
    for (const [topic, value] of Object.entries(frame)) {
      if (this.#fold(topic, value, tick)) {
        this.#tell(topic, value);
      }
    }
  }

  /** Listeners in the order in which they came; one that throws does not keep the others from hearing. */
  #tell(topic, value) {
    for (const listener of this.#listeners.get(topic) ?? []) {
      try {
        listener(value);
      } catch (error) {
        console.error(topic, error);
      }
    }
  }

  #fold(topic, value, tick) {
    switch (topic) {
      case "hello":
        this.#hello(value);
        return true;
      case "state":
        Object.assign(this.state, value);
        return true;
      case "names":
        Object.assign(this.names, value);
        return true;
      case "pending":
        this.pending = value;
        return true;
      case "status":
        this.status = value;
        return true;
      case "beat":
        this.beat = value;
        return true;
      case "log":
        this.log = [...this.log, value].slice(-LINES);
        return true;
      case "bar":
        this.bars.put(value);
        return true;
      case "tell":
        this.#told(value, tick);
        return true;
      case "clock": // the page's own: the server's clock is known
        return true;
      default:
        return false;
    }
  }

  #hello(hello) {
    this.hello = hello;
    this.state = { ...hello.state };
    this.names = { ...this.names, ...hello.names };
    this.pending = hello.pending ?? [];
    this.status = hello.status ?? {};
    this.log = hello.log ?? [];
    this.timeline = hello.timeline ?? null;
    [this.end, this.cuts, this.beat] = [null, [], null];
    this.open = Object.fromEntries(this.voices.map((voice) => [voice, true]));
    this.bars.clear();
    (hello.bars ?? []).forEach((bar) => this.bars.put(bar));
    (hello.told ?? []).filter((told) => told.type !== "Start").forEach((told) => this.#told(told, 0));
  }

  /** @param {import("./types.js").Told} told @param {number} tick */
  #told(told, tick) {
    switch (told.type) {
      case "Start":
        [this.timeline, this.end, this.cuts] = [told.timeline, null, []];
        this.bars.dropFrom(barOf(told.tick));
        if (told.fresh !== false) {
          this.bars.clear();
        }
        break;
      case "Retime":
        this.timeline = told.timeline;
        break;
      case "Stop":
        this.end = told.tick ?? tick;
        break;
      case "GoOn":
        this.end = null;
        break;
      case "Gate":
        this.open[told.voice] = told.open;
        break;
      case "Panic":
        this.cuts = [...this.cuts, [told.tick ?? tick, told.resume ?? lineAfter(tick)]].slice(-CUTS);
        break;
      default:
        break;
    }
  }
}
