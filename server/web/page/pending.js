/** When things take effect: what waits shows its bar, everything else the grain at which it would. */

import { WHENLESS } from "./desk.js";
import { byId, write } from "./dom.js";
import { barOf } from "./timeline.js";
import { TICKS_PER_BAR, TICKS_PER_BEAT } from "./units.js";

const NEAR_TICKS = 24; // the beat that is told may be so far ahead of the clock here
const GRAINS = { now: "now", beat: "next beat", bar: "next bar", phrase: "next phrase", section: "next section" };

/** In words, when a wish takes effect. @param {import("./types.js").Pending} wish */
export function inWords(wish) {
  if (wish.tick === null || wish.tick === undefined) {
    return GRAINS[wish.when] ?? wish.when;
  }
  const beat = Math.round((wish.tick % TICKS_PER_BAR) / TICKS_PER_BEAT);
  return beat ? `bar ${barOf(wish.tick)} beat ${beat}` : `bar ${barOf(wish.tick)}`;
}

/** The wish that stands for each path. @param {import("./types.js").Pending[]} pending @returns {Map<string, import("./types.js").Pending>} */
export const byPath = (pending) => new Map(pending.map((wish) => [wish.path, wish]));

/**
 * The wishes that were decided between two lists of pending ones and do not sound yet: gone from the list, and in the
 * state as they were asked for (one that was taken back is not).
 * @param {import("./types.js").Pending[]} before @param {import("./types.js").Pending[]} after
 * @param {Object<string, import("./types.js").Value[]>} state @param {number} tick that sounds now
 * @returns {import("./types.js").Pending[]}
 */
export function decided(before, after, state, tick) {
  const waiting = byPath(after);
  const holds = ({ path, args }) => !(path in state) || JSON.stringify(state[path]) === JSON.stringify(args);
  return before.filter((wish) => !waiting.has(wish.path) && wish.tick > tick && holds(wish));
}

/**
 * What the transport has been told and has not happened yet. @param {?number} end tick @param {[number, number][]} cuts
 * @param {number} tick that sounds now @returns {import("./types.js").Pending[]}
 */
export function transport(end, cuts, tick) {
  const stop = end !== null && end > tick ? [{ path: "stop", args: [], when: "bar", tick: end }] : [];
  const resume = cuts.at(-1)?.[1] ?? 0;
  return resume > tick ? [...stop, { path: "panic", args: [], when: "now", tick: resume }] : stop;
}

export class PendingView {
  /** @type {import("./types.js").Pending[]} */
  #before = [];
  /** @type {import("./types.js").Pending[]} */
  #coming = [];

  /** @param {import("./state.js").Store} store @param {import("./moment.js").Moment} moment */
  constructor(store, moment) {
    Object.assign(this, { store, moment, when: byId("when") });
    store.on("hello", () => this.#begin());
    store.on("pending", () => this.#follow());
    ["pending", "names", "beat", "tell"].forEach((topic) => store.on(topic, () => this.show()));
    store.on("state", (changed) => "playing" in changed && this.show());
    this.when.addEventListener("change", () => this.show());
  }

  #begin() {
    [this.#before, this.#coming] = [this.store.pending, []];
    this.show();
  }

  #follow() {
    this.#coming.push(...decided(this.#before, this.store.pending, this.store.state, this.moment.served));
    this.#before = this.store.pending;
  }

  /** Mark every control. */
  show() {
    const { store, moment } = this;
    const tick = moment.served + NEAR_TICKS;
    this.#coming = moment.moves ? this.#coming.filter((wish) => wish.tick > tick) : [];
    const told = moment.moves ? transport(store.end, store.cuts, tick) : [];
    const wishes = byPath([...this.#coming, ...store.pending, ...told]);
    document.querySelectorAll("[data-when]").forEach((mark) => this.#mark(mark, wishes.get(mark.dataset.when)));
    document.querySelectorAll("[data-path]").forEach((control) => {
      const wish = wishes.get(control.dataset.path);
      const meant = Boolean(wish) && fits(control.dataset, wish.args);
      control.classList.toggle("pending", meant);
      if (meant) {
        control.dataset.pending = inWords(wish);
        control.setAttribute("aria-description", `waits for ${inWords(wish)}`); // who does not see the mark hears it
      } else {
        delete control.dataset.pending;
        control.removeAttribute("aria-description");
      }
    });
  }

  /** What waits, else when a wish that is made now would take effect. */
  #mark(mark, wish) {
    const path = mark.dataset.when;
    const grain = (WHENLESS.has(path) ? "" : this.when.value) || this.store.parameter(path)?.when;
    write(mark, wish ? `→ ${inWords(wish)}` : (GRAINS[grain] ?? ""));
    mark.classList.toggle("waits", Boolean(wish));
  }
}

/** A pad waits only where it is the one that was asked for. */
function fits(data, args) {
  const own = data.section ?? data.chord ?? data.scene;
  return own === undefined || own === String(args[0]);
}
