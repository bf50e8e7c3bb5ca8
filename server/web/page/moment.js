/** The present: which tick sounds now. Stands still while nothing plays. */

import { tickOf } from "./timeline.js";

export class Moment {
  #last = 0;

  /**
   * @param {import("./state.js").Store} store
   * @param {import("./clock.js").ServerClock} clock
   */
  constructor(store, clock) {
    this.store = store;
    this.clock = clock;
    /** How much later than the band this page plays, s: what is seen goes with what is heard. */
    this.delay = 0;
    /** Whether the line is gone: what the music does now nobody knows. */
    this.lost = false;
  }

  /** Whether the music moves. */
  get moves() {
    return !this.lost && this.store.value("playing") === 1 && this.store.timeline !== null && this.clock.known;
  }

  /** The tick that sounds now; may lie before 0 while the first bar is written. */
  get tick() {
    if (this.moves) {
      const now = this.clock.toServer(performance.now() / 1000) - this.delay;
      const tick = tickOf(this.store.timeline, now);
      this.#last = this.store.end === null ? tick : Math.min(tick, this.store.end);
    }
    return this.#last;
  }

  /** The tick on the server now, whatever this page plays. */
  get served() {
    if (!this.moves) {
      return this.#last;
    }
    return tickOf(this.store.timeline, this.clock.toServer(performance.now() / 1000));
  }

  /** Forget where the music stood. */
  reset() {
    this.#last = 0;
  }
}
