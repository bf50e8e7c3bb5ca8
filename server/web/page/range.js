/** The range of pitches that is shown: it stays while it fits, so that the picture stands still. Pure. */

const SPARE = 5; // semitones without notes, above or below, that are borne
const TIGHT = 1; // semitones of their air (see geometry.js) that notes may take
const STEP_MS = 50; // each step draws all notes anew
const EASE = 0.4; // of the way a step
const NEAR = 0.2; // semitones

/** @typedef {{low: number, high: number}} Range */

/** Whether a range serves for what is heard. @param {Range} range @param {Range} heard */
function serves(range, heard) {
  const [below, above] = [heard.low - range.low, range.high - heard.high];
  return below >= -TIGHT && above >= -TIGHT && below <= SPARE && above <= SPARE;
}

export class ShownRange {
  #goal = null;
  #shown = null;
  #due = 0;

  /** @param {Range} heard @param {number} now ms @param {boolean} smooth in steps, not at once @returns {Range} to show */
  follow(heard, now, smooth) {
    if (!this.#goal || !serves(this.#goal, heard)) {
      this.#goal = heard;
    }
    if (!this.#shown || !smooth) {
      this.#shown = this.#goal;
    } else if (this.#shown !== this.#goal && now >= this.#due) {
      this.#due = now + STEP_MS;
      this.#shown = nearer(this.#shown, this.#goal);
    }
    return this.#shown;
  }
}

function nearer(from, to) {
  const next = { low: from.low + (to.low - from.low) * EASE, high: from.high + (to.high - from.high) * EASE };
  return Math.abs(next.low - to.low) < NEAR && Math.abs(next.high - to.high) < NEAR ? to : next;
}
