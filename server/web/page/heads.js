/** What stands above the notes and between them: grid, bar numbers, sections, chords, and where wishes take effect. */

import { ahead } from "./bars.js";
import { TICKS_PER_BAR, TICKS_PER_BEAT } from "./units.js";

/** @param {CanvasRenderingContext2D} context @param {import("./notes.js").Stage} stage */
export function grid(context, { paint, x, start, end, long, height, head, floor }) {
  context.fillStyle = paint.panel;
  context.fillRect(0, 0, long, head);
  context.fillStyle = paint.well;
  context.fillRect(0, head, long, height - head);
  for (let tick = start; tick < end; tick += TICKS_PER_BEAT) {
    const line = tick % TICKS_PER_BAR === 0;
    context.fillStyle = line ? paint.line : paint.grid;
    context.fillRect(Math.round(x(tick)), line ? 0 : head, 1, height);
  }
  context.fillStyle = paint.line;
  context.fillRect(0, Math.round(floor), long, 1);
  context.fillRect(0, Math.round(head), long, 1);
}

/** Bar numbers, the section where it is another, and chords. @param {import("./types.js").Bar[]} bars in order */
export function heads(context, { paint, x, head, long }, bars) {
  const { unit, font } = paint;
  context.textBaseline = "middle";
  context.textAlign = "left";
  bars.forEach(({ bar, tick, plan }, place) => {
    const left = x(tick) + 0.35 * unit;
    context.font = `600 ${0.8 * unit}px ${font}`;
    context.fillStyle = paint.faint;
    context.fillText(String(bar), left, head * 0.28);
    if (place > 0 && plan.section !== bars[place - 1].plan.section) {
      context.fillStyle = paint.tension;
      context.fillText(plan.section.toUpperCase(), left + (String(bar).length * 0.5 + 0.45) * unit, head * 0.28);
    }
    context.font = `600 ${0.95 * unit}px ${font}`;
    context.fillStyle = paint.ink;
    plan.chords.forEach((chord, beat) => {
      if (beat === 0 || chord !== plan.chords[beat - 1]) {
        context.fillText(chord, x(tick + beat * TICKS_PER_BEAT) + 0.35 * unit, head * 0.72, long);
      }
    });
  });
}

/**
 * The section at the left edge, and how far the next one pushes its name out, px.
 * @param {import("./types.js").Bar[]} bars in order @param {{from: number, px: number}} view @param {number} width px of the name
 * @returns {{name: string, shift: number}}
 */
export function edge(bars, { from, px }, width) {
  const name = bars.find(({ tick }) => tick + TICKS_PER_BAR > from)?.plan.section ?? "";
  const other = bars.find(({ tick, plan }) => tick > from && plan.section !== name);
  return { name, shift: other ? Math.min(0, Math.round((other.tick - from) * px - width)) : 0 };
}

/**
 * What is known of the bar that is not written yet. @param {import("./types.js").Bar[]} bars in order
 * @param {import("./types.js").Pending[]} pending @param {{end: ?number, held: boolean}} show where it ends; whether the running bar repeats
 * @returns {?{bar: number, tick: number, chord: string}}
 */
export function coming(bars, pending, { end, held }) {
  const last = bars.at(-1);
  const tick = last ? last.tick + TICKS_PER_BAR : 0;
  if (!last || (end !== null && end <= tick)) {
    return null;
  }
  return { bar: last.bar + 1, tick, chord: ahead(last, pending, held)[0] };
}

/** The head of that bar, paler. */
export function headOf(context, { paint, x, head }, next) {
  const left = x(next.tick) + 0.35 * paint.unit;
  context.fillStyle = paint.faint;
  context.font = `600 ${0.8 * paint.unit}px ${paint.font}`;
  context.fillText(String(next.bar), left, head * 0.28);
  context.font = `600 ${0.95 * paint.unit}px ${paint.font}`;
  context.fillText(next.chord, left, head * 0.72);
}

/** Where wishes take effect. @param {import("./types.js").Pending[]} pending */
export function pendings(context, { paint, x, start, end, height, head }, pending) {
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.fillStyle = paint.pending;
  context.font = `600 ${0.75 * paint.unit}px ${paint.font}`;
  for (const { tick, path, args } of pending) {
    if (tick !== null && tick >= start && tick <= end) {
      const at = Math.round(x(tick));
      context.fillRect(at - 1, head, 2, height - head);
      context.fillText(`${path.split("/").pop()} ${args.join(" ")}`, at + 5, head + 0.8 * paint.unit);
    }
  }
}
