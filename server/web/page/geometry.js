/** Where things stand in the piano roll. Pure: ticks and pitches to pixels. */

import { TICKS_PER_BAR } from "./units.js";

const MARGIN = 2; // semitones of air above and below what is heard
const LEAST_SPAN = 24; // two octaves: fewer would make a bass line look wild
/** Lanes of the drums from below, by General MIDI key. */
export const LANES = [
  { name: "kick", keys: [35, 36] },
  { name: "snare", keys: [37, 38, 40] },
  { name: "clap", keys: [39] },
  { name: "toms", keys: [41, 43, 45, 47, 48, 50] },
  { name: "hats", keys: [42, 44, 54, 70] },
  { name: "open", keys: [46, 51, 53, 59] },
  { name: "crash", keys: [49, 52, 55, 57] },
];

/** @param {number} key @returns {number} its lane, from below; other keys share the hats' */
export function laneOf(key) {
  const lane = LANES.findIndex(({ keys }) => keys.includes(key));
  return lane < 0 ? LANES.findIndex(({ name }) => name === "hats") : lane;
}

/**
 * The window of time that is shown.
 * @param {number} tick that sounds  @param {number} bars shown  @param {number} playhead 0..1 of the width
 * @param {boolean} paged true: stands still for a bar (reduced motion)
 * @returns {{from: number, to: number}} ticks
 */
export function windowAt(tick, bars, playhead, paged = false) {
  const span = bars * TICKS_PER_BAR;
  if (paged) {
    const shown = Math.floor(bars * playhead);
    const from = (Math.floor(tick / TICKS_PER_BAR) - shown) * TICKS_PER_BAR;
    return { from, to: from + span };
  }
  const from = tick - span * playhead;
  return { from, to: from + span };
}

/** @param {{from: number, to: number}} view @param {number} width px @returns {function(number): number} tick to px */
export const xOf = (view, width) => (tick) => ((tick - view.from) / (view.to - view.from)) * width;

/**
 * The pitches to show. @param {Iterable<number>} pitches heard @returns {{low: number, high: number}} low <= high
 */
export function rangeOf(pitches) {
  let [low, high] = [Infinity, -Infinity];
  for (const pitch of pitches) {
    low = Math.min(low, pitch);
    high = Math.max(high, pitch);
  }
  if (low > high) {
    return { low: 36, high: 84 };
  }
  const lack = Math.max(0, LEAST_SPAN - (high - low)) / 2;
  return { low: Math.floor(low - MARGIN - lack), high: Math.ceil(high + MARGIN + lack) };
}

/**
 * Where a pitch stands. @param {{low: number, high: number}} range @param {number} top px @param {number} bottom px
 * @returns {function(number): {y: number, height: number}} upper edge and height, px
 */
export function rowOf({ low, high }, top, bottom) {
  const height = (bottom - top) / (high - low + 1);
  return (pitch) => ({ y: bottom - (pitch - low + 1) * height, height });
}

/** @param {[number, number][]} cuts @param {?number} end @param {number} tick @returns {boolean} whether it was dropped */
export function dropped(cuts, end, tick) {
  return (end !== null && tick >= end) || cuts.some(([from, to]) => tick >= from && tick < to);
}
