/** The tension curve under the roll: same time above each other; past, planned, and where the wish will lead. */

import { fit } from "./dom.js";
import { viewOf } from "./roll.js";
import { xOf } from "./geometry.js";
import { TICKS_PER_BAR, TICKS_PER_BEAT } from "./units.js";

const AIR = 0.18; // of the height, above and below

/**
 * The points of the curve. @param {import("./types.js").Bar[]} bars @returns {{tick: number, value: number}[]} in order
 */
export function pointsOf(bars) {
  return bars.flatMap(({ tick, plan }) =>
    plan.tension.map((value, beat) => ({ tick: tick + (beat + 0.5) * TICKS_PER_BEAT, value })),
  );
}

/** The value of the curve at a tick; null before and after it. */
export function valueAt(points, tick) {
  const next = points.findIndex((point) => point.tick >= tick);
  if (next < 0 || points.length === 0) {
    return points.at(-1)?.value ?? null;
  }
  if (next === 0) {
    return points[0].value;
  }
  const [a, b] = [points[next - 1], points[next]];
  return a.value + ((b.value - a.value) * (tick - a.tick)) / (b.tick - a.tick);
}

export class Curve {
  /**
   * @param {HTMLCanvasElement} canvas @param {import("./state.js").Store} store
   * @param {import("./moment.js").Moment} moment
   */
  constructor(canvas, store, moment) {
    Object.assign(this, { canvas, store, moment });
  }

  /** Draw the present. @param {ReturnType<import("./paint.js").palette>} paint */
  draw(paint) {
    const { width, height } = fit(this.canvas);
    const context = this.canvas.getContext("2d");
    const tick = this.moment.tick;
    const view = viewOf(tick, width, paint.unit);
    const x = xOf(view, width);
    const y = (value) => height - height * AIR - value * height * (1 - 2 * AIR);
    const bars = this.store.bars.all().filter((b) => b.tick < view.to && b.tick + 2 * TICKS_PER_BAR > view.from);
    const points = pointsOf(bars);
    context.clearRect(0, 0, width, height);
    this.#ground({ context, paint, x, y, width, height, view });
    if (points.length > 0) {
      this.#line({ context, paint, x, y, height, width, tick, points });
    }
    this.#wish({ context, paint, x, y, width, tick: points.at(-1)?.tick ?? tick });
    context.fillStyle = paint.playhead;
    context.fillRect(Math.round(x(tick)) - 1, 0, 2, height);
    const value = valueAt(points, tick);
    this.canvas.dataset.now = value === null ? "" : value.toFixed(3);
  }

  #ground({ context, paint, x, y, width, height, view }) {
    context.fillStyle = paint.well;
    context.fillRect(0, 0, width, height);
    for (let bar = Math.ceil(view.from / TICKS_PER_BAR); bar * TICKS_PER_BAR < view.to; bar += 1) {
      context.fillStyle = paint.line;
      context.fillRect(Math.round(x(bar * TICKS_PER_BAR)), 0, 1, height);
    }
    context.font = `${0.7 * paint.unit}px ${paint.font}`;
    context.textBaseline = "middle";
    context.textAlign = "left";
    const above = (value) => Math.max(0.45 * paint.unit, y(value) - 0.5 * paint.unit);
    for (const value of [0, 0.5, 1]) {
      context.fillStyle = paint.grid;
      context.fillRect(0, Math.round(y(value)), width, 1);
      context.fillStyle = paint.faint;
      context.fillText(String(value), 0.4 * paint.unit, above(value));
    }
    context.fillStyle = paint.faint;
    context.fillText("tension", 1.8 * paint.unit, above(1));
  }

  #line({ context, paint, x, y, height, width, tick, points }) {
    const path = new Path2D();
    points.forEach((point, place) => (place ? path.lineTo : path.moveTo).call(path, x(point.tick), y(point.value)));
    const area = new Path2D(path);
    area.lineTo(x(points.at(-1).tick), height);
    area.lineTo(x(points[0].tick), height);
    const now = x(tick);
    const fill = context.createLinearGradient(0, 0, 0, height);
    fill.addColorStop(0, paint.tension);
    fill.addColorStop(1, "transparent");
    for (const [left, right, alpha, dash] of [[0, now, 1, []], [now, width, 0.6, [0.45 * paint.unit, 0.35 * paint.unit]]]) {
      context.save();
      context.beginPath();
      context.rect(left, 0, Math.max(0, right - left), height);
      context.clip();
      context.globalAlpha = 0.28 * alpha;
      context.fillStyle = fill;
      context.fill(area);
      context.globalAlpha = alpha;
      context.strokeStyle = paint.tension;
      context.lineWidth = 0.16 * paint.unit;
      context.lineJoin = "round";
      context.setLineDash(dash);
      context.stroke(path);
      context.restore();
    }
  }

  /** Where the fader stands: what comes after the planned bars. */
  #wish({ context, paint, x, y, width, tick }) {
    const wish = this.store.value("tension");
    if (typeof wish === "number") {
      context.fillStyle = paint.pending;
      context.globalAlpha = 0.7;
      const left = Math.max(0, x(tick));
      for (let at = left; at < width; at += 0.6 * paint.unit) {
        context.fillRect(at, Math.round(y(wish)), 0.25 * paint.unit, 2);
      }
      context.globalAlpha = 1;
    }
  }
}
