/**
 * A window on the music that scrolls. What is in it is drawn seldom, on sheets a bar wider than the window, and shifted
 * often: to shift a sheet is the compositor's work and costs next to nothing, to draw one costs milliseconds.
 */

import { calm, el } from "./dom.js";
import { windowAt } from "./geometry.js";
import { TICKS_PER_BAR } from "./units.js";

const PLAYHEAD = 0.78; // most room for what was: one bar is planned, seldom two
const BARS_WIDE = 8;
const BARS_NARROW = 4;
const NARROW_REM = 44;
const MOST_SCALE = 3; // device pixels a px
const MOST_PIXELS = 4_000_000; // of a window: a 4K screen's roll is below, an 8K screen's is drawn coarser

/**
 * How finely to draw.
 * @param {number} width px @param {number} height px @param {number} ratio device pixels a px @returns {number} pixels a px
 */
export function scaleOf(width, height, ratio) {
  return Math.min(ratio, MOST_SCALE, Math.sqrt(MOST_PIXELS / (width * height)));
}

/**
 * What is seen: the ticks of the window and of the strip, px a tick, px of the window and the length of the strip, pixels a
 * px, where strip and playhead stand in the window, tick to px on the strip, and a key of all that but these two places.
 * @typedef {{from: number, to: number, start: number, end: number, px: number, width: number, height: number, long: number,
 *   scale: number, shift: number, now: number, x: function(number): number, key: string}} View
 */

/** A canvas that is drawn only when its key changes. */
export class Sheet {
  #key = null;
  #at = null;

  /** @param {HTMLElement} host @param {boolean} opaque nothing shines through */
  constructor(host, opaque) {
    this.canvas = el("canvas");
    this.context = this.canvas.getContext("2d", { alpha: !opaque });
    host.append(this.canvas);
  }

  /**
   * @param {string} key what the drawing depends on @param {number} width px @param {number} height px
   * @param {number} scale pixels a px @param {function(CanvasRenderingContext2D): void} draw in px
   */
  draw(key, width, height, scale, draw) {
    if (key !== this.#key) {
      this.#key = key;
      resize(this.canvas, Math.ceil(width * scale), Math.ceil(height * scale), scale);
      this.context.setTransform(scale, 0, 0, scale, 0, 0);
      this.context.clearRect(0, 0, width, height);
      draw(this.context);
    }
  }

  /** @param {number} x px from the left of the window */
  shift(x) {
    this.#at = moved(this.canvas, x, this.#at);
  }
}

export class Scroll {
  #box = { width: 0, height: 0 };
  #now = null;

  /** @param {HTMLElement} host its window */
  constructor(host) {
    this.host = host;
    this.strip = new Sheet(host, true);
    this.over = new Sheet(host, false);
    this.future = el("i", { class: "future", "aria-hidden": "true" });
    this.playhead = el("i", { class: "playhead", "aria-hidden": "true" });
    host.append(this.future, this.playhead);
  }

  /** Measure the window anew. */
  fit() {
    this.#box = { width: this.host.clientWidth, height: this.host.clientHeight };
  }

  /**
   * What is seen now; puts the playhead in its place.
   * @param {number} tick now @param {number} unit px a rem @returns {?View} null where the window is closed
   */
  look(tick, unit) {
    const { width, height } = this.#box;
    if (width === 0 || height === 0) {
      return null;
    }
    const bars = width < NARROW_REM * unit ? BARS_NARROW : BARS_WIDE;
    const { from, to } = windowAt(tick, bars, PLAYHEAD, calm());
    const start = Math.floor(from / TICKS_PER_BAR) * TICKS_PER_BAR;
    const end = start + (bars + 1) * TICKS_PER_BAR;
    const px = width / (to - from);
    const scale = scaleOf(width, height, globalThis.devicePixelRatio || 1);
    const snapped = (x) => Math.round(x * scale) / scale; // a sheet between two pixels would be blurred
    const now = snapped((tick - from) * px);
    moved(this.future, now, this.#now);
    this.#now = moved(this.playhead, now, this.#now);
    const [shift, long] = [snapped((start - from) * px), (end - start) * px];
    const key = [start, width, height, scale, unit].join(" ");
    return { from, to, start, end, px, width, height, long, scale, shift, now, x: (at) => (at - start) * px, key };
  }
}

function resize(canvas, wide, high, scale) {
  if (canvas.width !== wide || canvas.height !== high) {
    [canvas.width, canvas.height] = [wide, high];
    [canvas.style.width, canvas.style.height] = [`${wide / scale}px`, `${high / scale}px`];
  }
}

/** Put a node at `x` px where it is not there already. @returns {number} x */
function moved(node, x, at) {
  if (x !== at) {
    node.style.transform = `translateX(${x}px)`;
  }
  return x;
}
