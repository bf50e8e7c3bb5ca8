/**
 * How often the page draws: 60 times a second where that is easy, 30 or 15 where it is not. Pure: times are given, in ms.
 *
 * The page often runs beside the band on one machine: what its frames take, the experts lack.
 */

/** Least time between two frames, ms; no faster than the first, whatever the screen can show. */
export const STEPS_MS = Object.freeze([1000 / 60, 1000 / 30, 1000 / 15]);
const SHARE = 0.25; // of the time that frames may usually take: the rest is for sound and hands
const EASY = 0.6; // of SHARE: what the next faster step may be foreseen to take
const LATE = 0.5; // of a step: a frame that came so much after its time is late
const LATE_SHARE = 0.25; // of the frames: more than these late, and somebody else is short of time
const LOOK = 24; // frames between two looks
const TRUST_MS = 10_000; // so long all must be easy before the next faster step is tried
const MOST_TRUST_MS = 320_000; // each try that fails doubles it, up to this
const SLACK_MS = 4; // screens tick unevenly

/** Law: slower at the first look that finds frames dear or late, faster only after a long easy time. */
export class Pace {
  #step = 0;
  #due = 0;
  #costs = [];
  #late = 0;
  #usual = 0;
  #easySince = null;
  #trust = TRUST_MS;
  #rose = -Infinity;

  /** Least time between two frames now, ms; longer than the last step where even that would take too much. */
  get interval() {
    const last = this.#step === STEPS_MS.length - 1;
    return Math.max(STEPS_MS[this.#step], last ? this.#usual / SHARE : 0);
  }

  /** @param {number} now @returns {number} ms until the next frame is due; 0 where it is */
  wait(now) {
    return Math.max(0, this.#due - SLACK_MS - now);
  }

  /**
   * A frame was drawn.
   * @param {number} begun when  @param {number} cost until the browser had painted it
   * @param {boolean} follows whether it follows the one before it, or woke from rest
   */
  drawn(begun, cost, follows) {
    const late = follows && begun - this.#due > LATE * this.interval;
    this.#due = (follows && !late ? this.#due : begun) + this.interval;
    this.#costs.push(cost);
    this.#late += Number(late);
    if (this.#costs.length >= LOOK) {
      this.#look(begun);
    }
  }

  #look(now) {
    const late = this.#late / this.#costs.length;
    this.#usual = median(this.#costs); // a bar that is drawn anew is dear, and seldom
    [this.#costs, this.#late] = [[], 0];
    if (this.#usual > SHARE * STEPS_MS[this.#step] || late > LATE_SHARE) {
      this.#slower(now);
    } else if (this.#step > 0) {
      this.#easier(now, late <= LATE_SHARE / 4 && this.#usual < EASY * SHARE * STEPS_MS[this.#step - 1]);
    }
  }

  #slower(now) {
    this.#easySince = null;
    if (this.#step < STEPS_MS.length - 1) {
      this.#trust = now - this.#rose < this.#trust ? Math.min(2 * this.#trust, MOST_TRUST_MS) : TRUST_MS;
      this.#step += 1;
    }
  }

  #easier(now, easy) {
    this.#easySince = easy ? (this.#easySince ?? now) : null;
    if (easy && now - this.#easySince >= this.#trust) {
      this.#step -= 1;
      [this.#easySince, this.#rose] = [null, now];
    }
  }
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
