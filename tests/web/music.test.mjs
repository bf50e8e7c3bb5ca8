/** Time, bars and geometry of the page. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Bars, merge } from "../../server/web/page/bars.js";
import { pointsOf, valueAt } from "../../server/web/page/curve.js";
import { LANES, dropped, laneOf, rangeOf, rowOf, windowAt, xOf } from "../../server/web/page/geometry.js";
import { next } from "../../server/web/page/now.js";
import { decided, inWords, transport } from "../../server/web/page/pending.js";
import { LEAST_TAPS, tapped, tempoOf } from "../../server/web/page/tap.js";
import { barOf, lineAfter, tickOf, timeOf } from "../../server/web/page/timeline.js";
import { loudness } from "../../server/web/page/voices.js";
import { dice } from "./dice.mjs";

const plan = (section, chords, tension = [0, 0, 0, 0]) => ({
  section, section_bar: 0, section_bars: 8, upcoming: null, tension, energy: 1, key: "Am", chords, next_chord: "F", tempo: 120,
});
const bar = (number, notes, more = {}) => ({
  bar: number, tick: number * 1920, start: 0, hush: [], notes, plan: plan("drop", ["Am", "Am", "C", "C"]), players: {}, ms: 1, ...more,
});

test("a timeline and its inverse", () => {
  const roll = dice(1);
  for (let turn = 0; turn < 200; turn += 1) {
    const line = { bpm: 20 + roll() * 280, tick0: roll() * 1e6, time0: roll() * 1e6 };
    const tick = roll() * 1e6;
    assert.ok(Math.abs(tickOf(line, timeOf(line, tick)) - tick) < 1e-3);
  }
  assert.equal(timeOf({ bpm: 120, tick0: 0, time0: 10 }, 960), 11);
});

test("bar lines", () => {
  assert.deepEqual([-5, 0, 1, 1920, 1921].map(lineAfter), [0, 0, 1920, 1920, 3840]);
  assert.deepEqual([-1, 0, 1919, 1920].map(barOf), [-1, 0, 0, 1]);
});

test("a rewrite keeps what came before it and replaces the rest", () => {
  const old = bar(3, { lead: [[0, 120, 60, 90], [960, 120, 62, 90]], bass: [[0, 1920, 36, 90]] });
  const rest = bar(3, { lead: [[1000, 240, 72, 80]], bass: [] }, { start: 930, hush: ["bass"] });
  const { notes, start } = merge(old, rest);
  assert.equal(start, 0);
  assert.deepEqual(notes.lead, [[0, 120, 60, 90], [1000, 240, 72, 80]]);
  assert.deepEqual(notes.bass, [[0, 930, 36, 90]]); // hushed where the new chord begins
});

test("a whole bar replaces all, and a voice that a rewrite leaves out stays", () => {
  const old = bar(1, { lead: [[0, 10, 60, 1]], pad: [[960, 10, 50, 1]] });
  assert.deepEqual(merge(old, bar(1, { lead: [] })).notes, { lead: [] });
  assert.deepEqual(merge(old, bar(1, { lead: [] }, { start: 480 })).notes.pad, [[960, 10, 50, 1]]);
});

test("bars are kept in order and bounded", () => {
  const bars = new Bars();
  for (let number = 0; number < 500; number += 1) {
    bars.put(bar(number, {}));
  }
  const kept = bars.all().map((b) => b.bar);
  assert.ok(kept.length <= 64 && kept.at(-1) === 499);
  assert.deepEqual(kept, [...kept].sort((a, b) => a - b));
  bars.dropFrom(490);
  assert.equal(bars.all().at(-1).bar, 489);
});

test("the playhead stands where it should, and the window shows whole bars where motion is unwanted", () => {
  const view = windowAt(10_000, 8, 0.75);
  assert.ok(Math.abs(xOf(view, 1000)(10_000) - 750) < 1e-9);
  const still = [3840, 4000, 5759].map((tick) => windowAt(tick, 8, 0.75, true));
  assert.ok(still.every(({ from, to }) => from % 1920 === 0 && to - from === 8 * 1920 && from === still[0].from));
});

test("every pitch stands inside, higher is further up", () => {
  const roll = dice(5);
  for (let turn = 0; turn < 100; turn += 1) {
    const pitches = Array.from({ length: 1 + Math.floor(roll() * 20) }, () => Math.floor(roll() * 128));
    const row = rowOf(rangeOf(pitches), 20, 220);
    for (const pitch of pitches) {
      const { y, height } = row(pitch);
      assert.ok(y >= 20 - 1e-9 && y + height <= 220 + 1e-9 && height > 0);
      assert.ok(row(pitch + 1).y < y);
    }
  }
  assert.ok(rangeOf([]).low < rangeOf([]).high);
});

test("every drum has its lane", () => {
  for (let key = 0; key < 128; key += 1) {
    assert.ok(laneOf(key) >= 0 && laneOf(key) < LANES.length);
  }
  assert.equal(LANES[laneOf(36)].name, "kick");
  assert.equal(LANES[laneOf(49)].name, "crash");
});

test("what a stop or a panic dropped", () => {
  assert.deepEqual([0, 99, 100, 150, 200].map((tick) => dropped([[100, 200]], null, tick)), [false, false, true, true, false]);
  assert.deepEqual([0, 500].map((tick) => dropped([], 500, tick)), [false, true]);
});

test("the tension curve has a value a beat, and lines between", () => {
  const points = pointsOf([bar(0, {}, { plan: plan("drop", ["Am", "Am", "Am", "Am"], [0, 0.4, 0.4, 1]) })]);
  assert.deepEqual(points.map((p) => p.tick), [240, 720, 1200, 1680]);
  assert.ok(Math.abs(valueAt(points, 480) - 0.2) < 1e-9);
  assert.equal(valueAt(points, 9999), 1);
  assert.equal(valueAt([], 0), null);
});

test("what comes next: the next other chord and the section decided", () => {
  const bars = new Bars();
  bars.put(bar(0, {}));
  bars.put(bar(1, {}, { plan: plan("outro", ["G", "G", "G", "G"]) }));
  assert.deepEqual([next(bars, 500).chord, next(bars, 500).section], ["C", "outro"]);
  assert.equal(next(bars, 1000).chord, "G");
  assert.deepEqual([next(bars, 99_999).bar, next(bars, 99_999).chord], [null, ""]);
});

test("what comes next when the running bar repeats, and when another chord is wished for", () => {
  const bars = new Bars();
  bars.put(bar(0, {}, { plan: { ...plan("intro", ["C", "C", "F", "F"]), upcoming: "drop", next_chord: "G" } }));
  const wish = (path, tick, ...args) => [{ path, args, when: "bar", tick }];
  assert.deepEqual([next(bars, 1000).chord, next(bars, 1000).section], ["G", "drop"]);
  assert.deepEqual([next(bars, 1000, [], true).chord, next(bars, 1000, [], true).section], ["C", ""]);
  assert.equal(next(bars, 1000, wish("again", 1920)).chord, "C");
  assert.equal(next(bars, 1000, wish("chord", 1920, "Dm")).chord, "Dm");
  assert.equal(next(bars, 1000, wish("chord", 3840, "Dm")).chord, "G");
  assert.equal(next(bars, 1000, wish("chords", 1920, "Dm Bb")).chord, "");
});

test("when a wish takes effect, in words", () => {
  const wish = (tick, when = "bar") => inWords({ path: "key", args: [], when, tick });
  assert.deepEqual([wish(1920), wish(2400), wish(null, "phrase")], ["bar 1", "bar 1 beat 1", "next phrase"]);
});

test("a tempo is tapped, one slip is forgiven, a pause begins anew", () => {
  let taps = [];
  for (const now of [0, 0.5, 1, 1.5]) {
    assert.equal(tempoOf(taps), null);
    taps = tapped(taps, now);
  }
  assert.equal(taps.length, LEAST_TAPS);
  assert.equal(tempoOf(taps), 120);
  taps = [2.1, 2.5, 3].reduce(tapped, taps);
  assert.equal(tempoOf(taps), 120);
  assert.deepEqual(tapped(taps, 60), [60]);
});

test("a meter follows the notes", () => {
  const sounding = bar(0, { lead: [[0, 960, 60, 127]], drums: [[0, 60, 36, 127]] });
  assert.equal(loudness(sounding, "lead", 0), 1);
  assert.ok(loudness(sounding, "lead", 900) > 0.35);
  assert.ok(loudness(sounding, "drums", 900) < loudness(sounding, "drums", 100));
  assert.equal(loudness(null, "lead", 0), 0);
});

test("a wish that was decided waits until it sounds, one that was taken back does not", () => {
  const wish = (path, args, tick) => ({ path, args, when: "bar", tick });
  const before = [wish("section", ["drop"], 1920), wish("density", [0.7], 1920), wish("again", [], 1920), wish("key", ["Em"], 3840), wish("swing", [0.1], 960)];
  const state = { section: ["drop"], density: [0.5], key: ["Em"], swing: [0.1] };
  assert.deepEqual(decided(before, [before[3]], state, 1000).map(({ path }) => path), ["section", "again"]);
  assert.deepEqual(decided(before, before, state, 1000), []);
});

test("a stop and a panic wait for their bar", () => {
  assert.deepEqual(transport(null, [], 100), []);
  assert.deepEqual(transport(1920, [[50, 1920]], 100).map(({ path, tick }) => [path, tick]), [["stop", 1920], ["panic", 1920]]);
  assert.deepEqual(transport(1920, [[50, 1920]], 1920), []);
});
