/** What the roll draws: how finely, which range of pitches, and which notes shine. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { coming, edge } from "../../server/web/page/heads.js";
import { sounding } from "../../server/web/page/notes.js";
import { ShownRange } from "../../server/web/page/range.js";
import { scaleOf } from "../../server/web/page/scroll.js";
import { dice } from "./dice.mjs";

test("a canvas is as fine as its screen, but no finer than can be seen, nor larger than can be drawn", () => {
  assert.equal(scaleOf(900, 330, 1), 1);
  assert.equal(scaleOf(900, 330, 2), 2);
  assert.equal(scaleOf(360, 165, 4), 3);
  assert.equal(scaleOf(2450, 1200, 1), 1); // a stage's 4K screen keeps its pixels
  const scale = scaleOf(2450, 1200, 2);
  assert.ok(2450 * scale * 1200 * scale <= 4e6 * 1.000001 && scale > 1);
});

test("the range that is shown holds nearly all that is heard, and stands still while it fits", () => {
  const roll = dice(5);
  const range = new ShownRange();
  let [before, changes] = [null, 0];
  for (let turn = 0; turn < 500; turn += 1) {
    const heard = { low: 30 + Math.floor(roll() * 3), high: 80 + Math.floor(roll() * 3) };
    const shown = range.follow(heard, turn * 2000, false);
    assert.ok(shown.low <= heard.low + 1 && shown.high >= heard.high - 1);
    changes += Number(shown !== before);
    before = shown;
  }
  assert.ok(changes <= 3, `${changes}`);
});

test("another range is reached in few steps, never past it", () => {
  const range = new ShownRange();
  range.follow({ low: 36, high: 84 }, 0, true);
  const goal = { low: 48, high: 108 };
  let [steps, before] = [0, range.follow(goal, 16, true)];
  for (let now = 32; now < 1000; now += 16) {
    const shown = range.follow(goal, now, true);
    assert.ok(shown.low >= before.low && shown.low <= goal.low && shown.high >= before.high && shown.high <= goal.high);
    steps += Number(shown !== before);
    before = shown;
  }
  assert.deepEqual(before, goal);
  assert.ok(steps > 2 && steps < 16, `${steps}`);
});

test("a range that has become far too wide is left", () => {
  const range = new ShownRange();
  range.follow({ low: 24, high: 96 }, 0, false);
  assert.deepEqual(range.follow({ low: 48, high: 84 }, 1, false), { low: 48, high: 84 });
});

const bars = [
  { bar: 0, tick: 0, notes: { pad: [[0, 3840, 60, 90]], drums: [[480, 10, 36, 100]] } },
  { bar: 1, tick: 1920, notes: { lead: [[0, 480, 72, 90], [480, 240, 74, 90]] } },
];
const store = (more = {}) => ({ open: { lead: true, pad: true, drums: true, bass: true, arp: true }, cuts: [], end: null, ...more });
const keys = (store_, tick) => sounding(store_, bars, tick).map(({ key }) => key);

test("notes shine from their onset to their end, drums for a moment", () => {
  assert.deepEqual(keys(store(), -1), []);
  assert.deepEqual(keys(store(), 0), ["0 pad 0"]);
  assert.deepEqual(keys(store(), 480 + 119), ["0 pad 0", "0 drums 0"]);
  assert.deepEqual(keys(store(), 480 + 120), ["0 pad 0"]);
  assert.deepEqual(keys(store(), 1920 + 480), ["0 pad 0", "1 lead 1"]);
  assert.deepEqual(keys(store(), 3840), []);
});

test("what is muted, after the end or cut away by a panic does not shine", () => {
  assert.deepEqual(keys(store({ open: { pad: true, lead: false } }), 1920), ["0 pad 0"]);
  assert.deepEqual(keys(store({ end: 1920 }), 1920), ["0 pad 0"]);
  assert.deepEqual(keys(store({ cuts: [[0, 100]] }), 1920), ["1 lead 0"]);
});

test("the bar that is not written yet is told with its chord, unless another is wished for it or the music ends there", () => {
  const written = [{ bar: 4, tick: 7680, plan: { chords: ["Am", "Am", "G", "G"], next_chord: "F" } }];
  const plays = { end: null, held: false };
  const wish = (path, tick, ...args) => [{ path, args, when: "bar", tick }];
  assert.deepEqual(coming(written, [], plays), { bar: 5, tick: 9600, chord: "F" });
  assert.equal(coming(written, wish("density", 9600), plays).chord, "F");
  assert.equal(coming(written, wish("chords", 11_520), plays).chord, "F");
  assert.equal(coming(written, wish("chords", 9600), plays).chord, "");
  assert.equal(coming(written, wish("chord", null, ""), plays).chord, "");
  assert.equal(coming(written, wish("chord", 9600, "Dm"), plays).chord, "Dm");
  assert.equal(coming(written, [], { end: null, held: true }).chord, "Am");
  assert.equal(coming(written, [], { end: 9600, held: false }), null);
  assert.equal(coming([], [], plays), null);
});

test("the name of the section at the left edge gives way to the next one's", () => {
  const at = (number, section) => ({ bar: number, tick: number * 1920, plan: { section } });
  const bars = [at(6, "build"), at(7, "drop"), at(8, "drop")];
  const view = (from) => ({ from, px: 0.05 });
  assert.deepEqual(edge(bars, view(6 * 1920), 60), { name: "build", shift: 0 });
  assert.deepEqual(edge(bars, view(7 * 1920 - 200), 60), { name: "build", shift: -50 });
  assert.deepEqual(edge(bars, view(7 * 1920), 60), { name: "drop", shift: 0 });
  assert.deepEqual(edge([], view(0), 60), { name: "", shift: 0 });
});
