/** The piano roll: all voices over time; what sounded, sounds, and is planned. */

import { calm, fit } from "./dom.js";
import { LANES, dropped, laneOf, rangeOf, rowOf, windowAt, xOf } from "./geometry.js";
import { TICKS_PER_BAR, TICKS_PER_BEAT } from "./units.js";

const PLAYHEAD = 0.78; // most room for what was: one bar is planned, seldom two
const BARS_WIDE = 8;
const BARS_NARROW = 4;
const NARROW_REM = 44;
const DRUMS_SHARE = 0.26; // of the height
const HEAD_REM = 2.6; // sections and chords
const EASE = 0.08; // of the way a frame that the range of pitches follows

/** The window of time at this width. @param {number} tick @param {number} width px @param {number} unit px a rem */
export function viewOf(tick, width, unit) {
  return windowAt(tick, width < NARROW_REM * unit ? BARS_NARROW : BARS_WIDE, PLAYHEAD, calm());
}

export class Roll {
  #range = null;

  /**
   * @param {HTMLCanvasElement} canvas @param {import("./state.js").Store} store
   * @param {import("./moment.js").Moment} moment
   */
  constructor(canvas, store, moment) {
    Object.assign(this, { canvas, store, moment });
    store.on("bar", (bar) => this.#describe(bar));
  }

  /** Draw the present. @param {ReturnType<import("./paint.js").palette>} paint */
  draw(paint) {
    const { width, height } = fit(this.canvas);
    const context = this.canvas.getContext("2d");
    const tick = this.moment.tick;
    const view = viewOf(tick, width, paint.unit);
    const x = xOf(view, width);
    const bars = this.store.bars.all().filter((b) => b.tick < view.to && b.tick + 2 * TICKS_PER_BAR > view.from);
    const head = HEAD_REM * paint.unit;
    const floor = height - height * DRUMS_SHARE;
    const stage = { context, paint, x, tick, width, height, head, floor, view, moves: this.moment.moves };
    context.clearRect(0, 0, width, height);
    this.#grid(stage);
    this.#heads(stage, bars);
    this.#pending(stage);
    this.#notes(stage, bars);
    this.#lanes(stage);
    this.#playhead(stage);
  }

  #describe(bar) {
    const counts = this.store.voices.map((voice) => `${voice} ${bar.notes[voice]?.length ?? 0}`);
    const { section, chords } = bar.plan;
    const text = `Piano roll. Bar ${bar.bar}, ${section}, ${[...new Set(chords)].join(" ")}; notes: ${counts.join(", ")}`;
    this.canvas.setAttribute("aria-label", text);
  }

  #grid({ context, paint, x, width, height, head, floor, view, tick }) {
    context.fillStyle = paint.well;
    context.fillRect(0, head, width, height - head);
    const now = x(tick);
    context.fillStyle = "rgba(255,255,255,0.022)";
    context.fillRect(now, head, width - now, height - head);
    for (let beat = Math.ceil(view.from / TICKS_PER_BEAT); beat * TICKS_PER_BEAT < view.to; beat += 1) {
      const line = beat % 4 === 0;
      context.fillStyle = line ? paint.line : paint.grid;
      context.fillRect(Math.round(x(beat * TICKS_PER_BEAT)), line ? 0 : head, 1, height);
    }
    context.fillStyle = paint.line;
    context.fillRect(0, Math.round(floor), width, 1);
    context.fillRect(0, Math.round(head), width, 1);
  }

  /** The names of the drums' lanes, over what leaves the picture there. */
  #lanes({ context, paint, height, floor }) {
    const lane = (height - floor) / LANES.length;
    const shade = context.createLinearGradient(2.2 * paint.unit, 0, 4.6 * paint.unit, 0);
    shade.addColorStop(0, paint.well);
    shade.addColorStop(1, "transparent");
    context.fillStyle = shade;
    context.fillRect(0, floor + 1, 4.6 * paint.unit, height - floor);
    context.font = `600 ${Math.min(0.7 * paint.unit, lane * 0.85)}px ${paint.font}`;
    context.fillStyle = paint.dim;
    context.textBaseline = "middle";
    context.textAlign = "left";
    LANES.forEach(({ name }, place) => context.fillText(name, 0.5 * paint.unit, height - (place + 0.5) * lane));
  }

  /** Sections, bar numbers and chords above the notes. */
  #heads({ context, paint, x, head, tick, width }, bars) {
    context.textBaseline = "middle";
    context.textAlign = "left";
    let section = null;
    let taken = 0; // px from the left
    for (const bar of bars) {
      const left = x(bar.tick) + 0.35 * paint.unit;
      const planned = bar.tick > tick;
      const fresh = bar.plan.section !== section;
      section = bar.plan.section;
      context.globalAlpha = planned ? 0.6 : 1;
      context.font = `600 ${0.8 * paint.unit}px ${paint.font}`;
      context.fillStyle = paint.faint;
      if (left >= taken) {
        context.fillText(String(bar.bar), left, head * 0.28);
      }
      if (fresh) {
        const shift = Math.max(taken, left + (String(bar.bar).length * 0.5 + 0.45) * paint.unit);
        context.fillStyle = paint.tension;
        context.fillText(section.toUpperCase(), shift, head * 0.28);
        taken = shift + context.measureText(section.toUpperCase()).width + 0.5 * paint.unit;
      }
      context.font = `600 ${0.95 * paint.unit}px ${paint.font}`;
      context.fillStyle = planned ? paint.dim : paint.ink;
      bar.plan.chords.forEach((chord, beat) => {
        if (beat === 0 || chord !== bar.plan.chords[beat - 1]) {
          context.fillText(chord, x(bar.tick + beat * TICKS_PER_BEAT) + 0.35 * paint.unit, head * 0.72, width);
        }
      });
    }
    context.globalAlpha = 1;
  }

  /** Where wishes take effect. */
  #pending({ context, paint, x, height, head, view }) {
    for (const wish of this.store.pending) {
      if (wish.tick !== null && wish.tick >= view.from && wish.tick <= view.to) {
        const at = Math.round(x(wish.tick));
        context.fillStyle = paint.pending;
        context.fillRect(at - 1, head, 2, height - head);
        context.font = `600 ${0.75 * paint.unit}px ${paint.font}`;
        context.textAlign = "left";
        context.fillText(`${wish.path.split("/").pop()} ${wish.args.join(" ")}`, at + 5, head + 0.8 * paint.unit);
      }
    }
  }

  #notes(stage, bars) {
    const { context, floor, head, height, paint } = stage;
    const melodic = bars.flatMap((bar) =>
      Object.entries(bar.notes).flatMap(([voice, notes]) => (voice === "drums" ? [] : notes.map((note) => note[2]))),
    );
    const row = rowOf(this.#eased(rangeOf(melodic)), head + 0.3 * paint.unit, floor - 0.3 * paint.unit);
    const lane = (height - floor) / LANES.length;
    const drum = (key) => ({ y: height - (laneOf(key) + 1) * lane + lane * 0.16, height: lane * 0.68 });
    for (const bar of bars) {
      for (const voice of ["pad", "bass", "arp", "lead", "drums"]) {
        const shown = voice === "drums" ? drum : row;
        const player = bar.players?.[voice];
        for (const note of bar.notes[voice] ?? []) {
          this.#note(stage, bar, voice, note, shown(note[2]), Boolean(player?.reason));
        }
      }
    }
    context.globalAlpha = 1;
    context.shadowBlur = 0;
  }

  #note({ context, paint, x, tick, moves, floor, head }, bar, voice, [onset, duration, , velocity], { y, height }, stepped) {
    const from = bar.tick + onset;
    const left = x(from);
    const long = voice === "drums" ? 90 : duration;
    const width = Math.max(0.18 * paint.unit, x(from + long) - left - 1);
    if (voice !== "drums" && (y + height < head || y > floor)) {
      return;
    }
    const sounds = moves && from <= tick && tick < from + Math.max(long, 120);
    const silent = !this.store.open[voice] || dropped(this.store.cuts, this.store.end, from);
    const planned = from > tick;
    const loud = 0.45 + 0.55 * (velocity / 127);
    context.globalAlpha = silent ? 0.13 : sounds ? 1 : (planned ? 0.5 : 0.62) * loud;
    context.shadowBlur = sounds && !silent ? 0.9 * paint.unit : 0;
    context.shadowColor = paint.voice[voice];
    context.fillStyle = sounds && !silent ? lighter(paint.voice[voice]) : paint.voice[voice];
    const thick = Math.max(0.24 * paint.unit, Math.min(height - 1, 1.1 * paint.unit));
    const top = y + (height - thick) / 2;
    context.beginPath();
    context.roundRect(left, top, width, thick, Math.min(thick / 2, 0.22 * paint.unit));
    context.fill();
    if (stepped) {
      context.shadowBlur = 0;
      context.globalAlpha = silent ? 0.2 : 1;
      context.strokeStyle = paint.understudy;
      context.lineWidth = Math.max(1, 0.1 * paint.unit);
      context.stroke();
    }
  }

  #playhead({ context, paint, x, tick, height }) {
    const at = x(tick);
    const glow = context.createLinearGradient(at - paint.unit, 0, at, 0);
    glow.addColorStop(0, "rgba(255,255,255,0)");
    glow.addColorStop(1, "rgba(255,255,255,0.12)");
    context.fillStyle = glow;
    context.fillRect(at - paint.unit, 0, paint.unit, height);
    context.fillStyle = paint.playhead;
    context.fillRect(Math.round(at) - 1, 0, 2, height);
  }

  /** The range follows what is heard smoothly, so that the picture does not jump. */
  #eased(target) {
    const old = this.#range;
    const near = old && Math.abs(old.low - target.low) < 0.02 && Math.abs(old.high - target.high) < 0.02;
    if (!old || near || calm() || !this.moment.moves) {
      this.#range = target;
    } else {
      this.#range = {
        low: old.low + (target.low - old.low) * EASE,
        high: old.high + (target.high - old.high) * EASE,
      };
    }
    return this.#range;
  }
}

const lighter = (colour) => `color-mix(in srgb, ${colour} 55%, white)`;
