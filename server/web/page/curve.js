/** The tension curve under the roll: same time above each other; past, planned, and where the wish will lead. */

import { el } from "./dom.js";
import { Scroll, Sheet } from "./scroll.js";
import { TICKS_PER_BAR, TICKS_PER_BEAT } from "./units.js";

const AIR = 0.18; // of the height, above and below
const MARKS = [1, 0.5, 0];
const SOUNDED = { alpha: 1, dash: [] }; // rem
const PLANNED = { alpha: 0.6, dash: [0.45, 0.35] };
const CHANGES = ["hello", "bar", "tell", "state"];

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
  #change = 0;

  /** @param {HTMLElement} host @param {import("./state.js").Store} store */
  constructor(host, store) {
    Object.assign(this, { host, store, scroll: new Scroll(host) });
    this.planned = new Sheet(this.scroll.future, true); // the strip once more, as it looks right of the playhead
    const marks = MARKS.map((value) => el("span", { text: value === 1 ? "1 \u2003tension" : String(value) }));
    this.marks = el("div", { class: "marks", "aria-hidden": "true" }, ...marks);
    host.append(this.marks);
    CHANGES.forEach((topic) => store.on(topic, () => (this.#change += 1)));
  }

  /** Measure anew. */
  fit() {
    this.scroll.fit();
  }

  /** Draw the present. @param {ReturnType<import("./paint.js").palette>} paint @param {number} tick now */
  draw(paint, tick) {
    const view = this.scroll.look(tick, paint.unit);
    if (view === null) {
      return;
    }
    const bars = this.store.bars.all().filter((b) => b.tick < view.end && b.tick + 2 * TICKS_PER_BAR > view.start);
    const points = pointsOf(bars);
    const y = (value) => view.height * (1 - AIR - value * (1 - 2 * AIR));
    const key = [view.key, this.#change].join(" ");
    for (const [sheet, left, look] of [[this.scroll.strip, 0, SOUNDED], [this.planned, view.now, PLANNED]]) {
      sheet.draw(key, view.long, view.height, view.scale, (context) => {
        ground(context, view, paint, y);
        if (points.length > 0) {
          line(context, view, paint, y, points, look);
        }
        wish(context, view, paint, y, this.store.value("tension"), points.at(-1)?.tick ?? tick);
      });
      sheet.shift(view.shift - left);
    }
    const value = valueAt(points, tick);
    const text = value === null ? "" : value.toFixed(3);
    if (this.host.dataset.now !== text) {
      this.host.dataset.now = text;
    }
  }
}

function ground(context, { x, start, end, long, height }, paint, y) {
  context.fillStyle = paint.well;
  context.fillRect(0, 0, long, height);
  context.fillStyle = paint.line;
  for (let tick = start; tick < end; tick += TICKS_PER_BAR) {
    context.fillRect(Math.round(x(tick)), 0, 1, height);
  }
  context.fillStyle = paint.grid;
  MARKS.forEach((value) => context.fillRect(0, Math.round(y(value)), long, 1));
}

function line(context, { x, height }, paint, y, points, { alpha, dash }) {
  const path = new Path2D();
  points.forEach((point, place) => (place ? path.lineTo : path.moveTo).call(path, x(point.tick), y(point.value)));
  const area = new Path2D(path);
  area.lineTo(x(points.at(-1).tick), height);
  area.lineTo(x(points[0].tick), height);
  const fill = context.createLinearGradient(0, 0, 0, height);
  fill.addColorStop(0, paint.tension);
  fill.addColorStop(1, "transparent");
  context.globalAlpha = 0.28 * alpha;
  context.fillStyle = fill;
  context.fill(area);
  context.globalAlpha = alpha;
  context.strokeStyle = paint.tension;
  context.lineWidth = 0.16 * paint.unit;
  context.lineJoin = "round";
  context.setLineDash(dash.map((rem) => rem * paint.unit));
  context.stroke(path);
  context.globalAlpha = 1;
}

/** Where the fader stands: what comes after the planned bars. */
function wish(context, { x, long }, paint, y, value, tick) {
  if (typeof value === "number") {
    context.fillStyle = paint.pending;
    context.globalAlpha = 0.7;
    for (let at = Math.max(0, x(tick)); at < long; at += 0.6 * paint.unit) {
      context.fillRect(at, Math.round(y(value)), 0.25 * paint.unit, 2);
    }
    context.globalAlpha = 1;
  }
}
