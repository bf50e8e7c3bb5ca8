/** How notes look on the roll: those that rest, drawn once; and those that sound, drawn over them in light. */

import { LANES, dropped, laneOf, rowOf } from "./geometry.js";

const ORDER = ["pad", "bass", "arp", "lead", "drums"]; // from behind
const DRUM_TICKS = 90; // a stroke has no length
const LIT_TICKS = 120; // shorter notes would flash too shortly to be seen
const RESTING = 0.62;
const SILENT = 0.13;
const GLOW_REM = 0.9;
const SPRITES = 96;

/**
 * What is seen (see `View` in scroll.js), and what it is drawn with. head, floor: where the melodic part begins and ends, px.
 * @typedef {import("./scroll.js").View & {paint: ReturnType<import("./paint.js").palette>, head: number, floor: number,
 *   range: import("./range.js").Range, store: import("./state.js").Store}} Stage
 */

/** Where notes stand: key of the voice's instrument to its row. @param {Stage} stage */
function rows({ paint, height, head, floor, range }) {
  const melodic = rowOf(range, head + 0.3 * paint.unit, floor - 0.3 * paint.unit);
  const lane = (height - floor) / LANES.length;
  const drum = (key) => ({ y: height - (laneOf(key) + 1) * lane + lane * 0.16, height: lane * 0.68 });
  return (voice, key) => (voice === "drums" ? drum(key) : melodic(key));
}

const lengthOf = (voice, duration) => (voice === "drums" ? DRUM_TICKS : duration);

/** Its rectangle on the strip; null where it lies outside of the melodic part. */
function boxOf({ paint, x, head, floor }, row, bar, voice, [onset, duration, key]) {
  const { y, height } = row(voice, key);
  if (voice !== "drums" && (y + height < head || y > floor)) {
    return null;
  }
  const left = x(bar.tick + onset);
  const width = Math.max(0.18 * paint.unit, x(bar.tick + onset + lengthOf(voice, duration)) - left - 1);
  const thick = Math.max(0.24 * paint.unit, Math.min(height - 1, 1.1 * paint.unit));
  return { left, top: y + (height - thick) / 2, width, thick, radius: Math.min(thick / 2, 0.22 * paint.unit) };
}

/**
 * Draw all notes as they look at rest.
 * @param {CanvasRenderingContext2D} context @param {Stage} stage @param {import("./types.js").Bar[]} bars
 */
export function draw(context, stage, bars) {
  const { paint, store } = stage;
  const row = rows(stage);
  for (const bar of bars) {
    for (const voice of ORDER) {
      context.fillStyle = paint.voice[voice];
      for (const note of bar.notes[voice] ?? []) {
        const box = boxOf(stage, row, bar, voice, note);
        if (box) {
          const silent = !store.open[voice] || dropped(store.cuts, store.end, bar.tick + note[0]);
          context.globalAlpha = silent ? SILENT : RESTING * (0.45 + 0.55 * (note[3] / 127));
          shape(context, box).fill();
          if (bar.players?.[voice]?.reason) {
            outline(context, paint, silent ? 0.2 : 1);
          }
        }
      }
    }
  }
  context.globalAlpha = 1;
}

/** The notes that sound at a tick and are not silent. @returns {{key: string, bar: any, voice: string, note: any}[]} */
export function sounding(store, bars, tick) {
  const found = [];
  for (const bar of bars) {
    for (const voice of ORDER.filter((name) => store.open[name])) {
      (bar.notes[voice] ?? []).forEach((note, place) => {
        const since = tick - bar.tick - note[0];
        const sounds = since >= 0 && since < Math.max(lengthOf(voice, note[1]), LIT_TICKS);
        if (sounds && !dropped(store.cuts, store.end, bar.tick + note[0])) {
          found.push({ key: `${bar.bar} ${voice} ${place}`, bar, voice, note });
        }
      });
    }
  }
  return found;
}

/** Notes in light: each is blurred once, as a picture that serves for all of its size. */
export class Glow {
  /** @type {Map<string, HTMLCanvasElement>} */
  #sprites = new Map();

  /** How far these notes reach with their glow. @param {Stage} stage @returns {{left: number, right: number}} px of the strip */
  reach(stage, notes) {
    const row = rows(stage);
    const glow = 1.5 * GLOW_REM * stage.paint.unit;
    const boxes = notes.map(({ bar, voice, note }) => boxOf(stage, row, bar, voice, note)).filter(Boolean);
    const left = Math.max(0, Math.min(...boxes.map((box) => box.left)) - glow);
    return { left, right: Math.min(stage.long, Math.max(...boxes.map((box) => box.left + box.width)) + glow) };
  }

  /** Draw them. @param {CanvasRenderingContext2D} context @param {Stage} stage */
  draw(context, stage, notes) {
    const { paint, scale } = stage;
    const row = rows(stage);
    for (const { bar, voice, note } of notes) {
      const box = boxOf(stage, row, bar, voice, note);
      if (box) {
        const glow = Math.ceil(1.5 * GLOW_REM * paint.unit);
        const sprite = this.#sprite(paint, voice, box, glow, scale);
        context.drawImage(sprite, box.left - glow, box.top - glow, sprite.width / scale, sprite.height / scale);
        if (bar.players?.[voice]?.reason) {
          shape(context, box);
          outline(context, paint, 1);
        }
      }
    }
    context.globalAlpha = 1;
  }

  #sprite(paint, voice, { width, thick, radius }, glow, scale) {
    const wide = Math.max(1, Math.round(width * scale));
    const key = [voice, wide, thick, scale, paint.unit].join(" ");
    const known = this.#sprites.get(key);
    if (known) {
      return known;
    }
    if (this.#sprites.size >= SPRITES) {
      this.#sprites.clear();
    }
    const sprite = document.createElement("canvas");
    [sprite.width, sprite.height] = [wide + 2 * glow * scale, (thick + 2 * glow) * scale].map(Math.ceil);
    const context = sprite.getContext("2d");
    context.scale(scale, scale);
    context.shadowBlur = GLOW_REM * paint.unit * scale; // counts in device pixels
    context.shadowColor = paint.voice[voice];
    context.fillStyle = `color-mix(in srgb, ${paint.voice[voice]} 55%, white)`;
    shape(context, { left: glow, top: glow, width: wide / scale, thick, radius }).fill();
    this.#sprites.set(key, sprite);
    return sprite;
  }
}

function shape(context, { left, top, width, thick, radius }) {
  context.beginPath();
  context.roundRect(left, top, width, thick, radius);
  return context;
}

/** Around the shape that was drawn last: an understudy plays it. */
function outline(context, paint, alpha) {
  context.globalAlpha = alpha;
  context.strokeStyle = paint.understudy;
  context.lineWidth = Math.max(1, 0.1 * paint.unit);
  context.stroke();
}
