/** The bars as the page knows them: what has sounded, sounds, and is planned. Pure. */

/** @typedef {import("./types.js").Bar} Bar */

import { TICKS_PER_BAR } from "./units.js";

const KEPT = 48;

/**
 * Return the bar as it stands after a rewrite: notes at or after `next.start` are the new ones.
 * @param {?Bar} old @param {Bar} next @returns {Bar}
 */
export function merge(old, next) {
  if (!old || next.start <= 0) {
    return next;
  }
  const notes = {};
  for (const voice of new Set([...Object.keys(old.notes), ...Object.keys(next.notes)])) {
    const before = (old.notes[voice] ?? []).filter(([onset]) => onset < next.start || !(voice in next.notes));
    notes[voice] = [...before.map((note) => ended(note, voice, next)), ...(next.notes[voice] ?? [])];
  }
  return { ...next, start: 0, notes, players: { ...old.players, ...next.players } };
}

/** A note of a hushed voice ends where the rewrite begins. */
function ended([onset, duration, pitch, velocity], voice, { hush, start }) {
  const rings = (hush ?? []).includes(voice) && onset + duration > start;
  return [onset, rings ? Math.max(0, start - onset) : duration, pitch, velocity];
}

const OTHER_CHORDS = new Set(["chords", "chord", "chords/auto", "key", "genre"]);

/**
 * The chords of the bar after the last that is written, as far as they are known: the planned one while no other is wished
 * for it; all of the running bar where that repeats. @param {Bar} bar @param {import("./types.js").Pending[]} pending
 * @param {boolean} held @returns {string[]} "" stands for one that nobody knows yet
 */
export function ahead(bar, pending, held) {
  const line = bar.tick + TICKS_PER_BAR;
  const due = pending.filter(({ tick }) => tick === null || tick <= line);
  if (held || due.some(({ path }) => path === "again")) {
    return bar.plan.chords;
  }
  const wish = due.findLast(({ path }) => OTHER_CHORDS.has(path));
  return [wish ? (wish.path === "chord" && String(wish.args[0] ?? "")) || "" : bar.plan.next_chord];
}

/** The last bars, by number. */
export class Bars {
  /** @type {Map<number, Bar>} */
  #bars = new Map();

  /** @param {Bar} bar @returns {Bar} as it stands now */
  put(bar) {
    const merged = merge(this.#bars.get(bar.bar), bar);
    this.#bars.set(bar.bar, merged);
    for (const number of this.#bars.keys()) {
      if (number <= bar.bar - KEPT) {
        this.#bars.delete(number);
      }
    }
    return merged;
  }

  /** @param {number} number @returns {?Bar} */
  get(number) {
    return this.#bars.get(number) ?? null;
  }

  /** Forget the bars from this number on. @param {number} number */
  dropFrom(number) {
    for (const known of [...this.#bars.keys()].filter((n) => n >= number)) {
      this.#bars.delete(known);
    }
  }

  /** Forget all. */
  clear() {
    this.#bars.clear();
  }

  /** @returns {Bar[]} in order */
  all() {
    return [...this.#bars.values()].sort((a, b) => a.bar - b.bar);
  }
}
