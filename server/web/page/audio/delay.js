/** How much later than the band the page plays. Pure; all times are seconds. */

export const FIRST_S = 0.12; // bars come a headroom before their line; sound cards want their share of it
export const MOST_S = 0.6;
const MORE_S = 0.08; // at once, at most
const MARGIN_S = 0.01;
const SPARE_S = 0.1; // what must be left of all that is given back
const EASY_BARS = 32; // so long everything must have come in time
const LESS_S = 0.005; // a bar: nobody hears it

/** Law: at once as late as what comes late needs; back again in small steps after a long easy time. */
export class Delay {
  #spare = Infinity;
  #easy = 0;
  value = FIRST_S;

  /** A note was handed out. @param {number} spare before it had to be; negative: so much too late */
  handed(spare) {
    this.#spare = Math.min(this.#spare, spare);
  }

  /** A bar begins. @returns {boolean} whether everything is later from now on */
  bar() {
    const spare = this.#spare;
    this.#spare = Infinity;
    if (spare < 0) {
      const before = this.value;
      this.#easy = 0;
      this.value = Math.min(MOST_S, before + Math.min(MORE_S, MARGIN_S - spare));
      return this.value > before;
    }
    if (spare < Infinity) {
      this.#easy = spare > SPARE_S ? this.#easy + 1 : 0;
      this.value = this.#easy > EASY_BARS ? Math.max(FIRST_S, this.value - LESS_S) : this.value;
    }
    return false;
  }
}
