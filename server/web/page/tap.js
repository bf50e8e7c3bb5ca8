/** Tapping a tempo. Pure. */

const PAUSE_S = 2; // slower than 30 bpm: a new count begins
const TAPS = 9;
export const LEAST_TAPS = 4;

/** Return the taps of one count. @param {number[]} taps s @param {number} now s @returns {number[]} */
export function tapped(taps, now) {
  return taps.length && now - taps[taps.length - 1] > PAUSE_S ? [now] : [...taps, now].slice(-TAPS);
}

/** The tempo of a count: the median of its gaps forgives one slip. @param {number[]} taps s @returns {?number} bpm */
export function tempoOf(taps) {
  if (taps.length < LEAST_TAPS) {
    return null;
  }
  const gaps = taps.slice(1).map((tap, place) => tap - taps[place]);
  const sorted = gaps.sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const gap = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return Math.round((60 / gap) * 10) / 10;
}
