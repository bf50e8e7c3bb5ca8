/** When the page draws: while something moves as its pace allows, once whenever something changed, hidden never. */

import { Pace, STEPS_MS } from "./pace.js";

const KEPT = 1024; // frames whose cost is remembered

export class Frames {
  #asked = false;
  #again = false;
  #follows = false;
  #pace = new Pace();
  #costs = [];
  #count = 0;
  #channel = new MessageChannel();

  /** @param {function(): void} draw @param {function(): boolean} moves whether the next frame will differ by itself */
  constructor(draw, moves) {
    this.draw = draw;
    this.moves = moves;
  }

  /** How many were drawn, what the last ones took until they were painted, and the least time between two, ms. */
  get report() {
    return { count: this.#count, costs: [...this.#costs], interval: this.#pace.interval };
  }

  /** Something has changed. */
  wake() {
    if (this.#asked) {
      this.#again = true;
    } else if (!document.hidden) {
      this.#asked = true;
      this.#ask();
    }
  }

  #ask() {
    const wait = this.#pace.wait(performance.now()) - STEPS_MS[0]; // a screen's own frame comes after that
    const frame = () => requestAnimationFrame(() => this.#frame());
    wait > 0 ? setTimeout(frame, wait) : frame();
  }

  #frame() {
    const begun = performance.now();
    if (this.#pace.wait(begun) > 0) {
      this.#ask();
      return;
    }
    this.#again = false;
    this.#channel.port1.onmessage = () => this.#painted(begun);
    this.#channel.port2.postMessage(null); // handled after the browser has painted what is drawn now
    this.draw();
  }

  #painted(begun) {
    const cost = performance.now() - begun;
    this.#count += 1;
    this.#costs = [...this.#costs.slice(1 - KEPT), cost];
    this.#pace.drawn(begun, cost, this.#follows);
    this.#asked = false;
    this.#follows = this.moves();
    if (this.#follows || this.#again) {
      this.wake();
    }
  }
}
