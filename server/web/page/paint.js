/** Colours and measures of the canvases: read from the style sheet, so that it is the one place for them. */

import { VOICES } from "./units.js";

/** @returns {{unit: number, font: string, voice: Object<string, string>, [name: string]: any}} unit: 1 rem in px */
export function palette() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const names = ["ink", "dim", "faint", "grid", "line", "understudy", "pending", "playhead", "tension", "well"];
  return {
    unit: Number.parseFloat(style.fontSize),
    font: colour("font") || "sans-serif",
    voice: Object.fromEntries(VOICES.map((voice) => [voice, colour(voice)])),
    ...Object.fromEntries(names.map((name) => [name, colour(name)])),
  };
}

const SHARE = 0.35; // of the time that drawing may take: the rest is for sound and hands

/** Run `draw` once a frame while `wanted` says so, seldomer where that would take too long; and once whenever woken. */
export class Frames {
  #asked = false;
  #rests = 0;

  /** @param {function(): void} draw @param {function(): boolean} wanted */
  constructor(draw, wanted) {
    this.draw = draw;
    this.wanted = wanted;
  }

  /** Something has changed. */
  wake() {
    if (!this.#asked) {
      this.#asked = true;
      requestAnimationFrame((now) => this.#frame(now));
    }
  }

  #frame(now) {
    this.#asked = false;
    const due = now >= this.#rests;
    if (due) {
      const begun = performance.now();
      this.draw();
      this.#rests = begun + (performance.now() - begun) / SHARE;
    }
    if (!due || this.wanted()) {
      this.wake();
    }
  }
}
