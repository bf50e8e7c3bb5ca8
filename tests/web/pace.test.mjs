/** How often the page draws, on machines that exist only here. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace, STEPS_MS } from "../../server/web/page/pace.js";
import { dice } from "./dice.mjs";

const SCREEN_MS = 1000 / 60;

/** Draw for a while on a screen; frames cost `cost(now)` ms and come `late(now)` ms late. @returns {number} frames a second at the end */
function draw(pace, { from = 0, seconds, screen = SCREEN_MS, cost, late = () => 0 }) {
  let drawn = 0;
  let last = from;
  const end = from + seconds * 1000;
  for (let now = from; now < end; now += screen) {
    if (now >= last && pace.wait(now) === 0) {
      const begun = now + late(now);
      pace.drawn(begun, cost(now), true);
      last = begun + cost(now);
      drawn += Number(now >= end - 1000);
    }
  }
  return drawn;
}

test("a machine that draws easily keeps sixty frames a second, whatever its screen can show", () => {
  for (const hertz of [59, 60, 75, 120, 144, 240]) {
    const pace = new Pace();
    const roll = dice(hertz);
    const drawn = draw(pace, { seconds: 30, screen: 1000 / hertz, cost: () => 1 + roll(), late: () => 2 * roll() });
    assert.ok(drawn >= 48 && drawn <= 62, `${drawn} of ${hertz}`);
    assert.equal(pace.interval, STEPS_MS[0]);
  }
});

test("dear frames become fewer, down to fifteen, and still fewer where even those are too dear", () => {
  const rate = (ms) => draw(new Pace(), { seconds: 12, cost: () => ms });
  assert.ok(Math.abs(rate(6) - 30) <= 1);
  assert.ok(Math.abs(rate(12) - 15) <= 1);
  assert.ok(rate(60) <= 5 && rate(60) >= 3);
});

test("a seldom dear frame, as where a bar is drawn anew, changes nothing", () => {
  const pace = new Pace();
  let count = 0;
  draw(pace, { seconds: 60, cost: () => ((count += 1) % 20 === 0 ? 60 : 2) });
  assert.equal(pace.interval, STEPS_MS[0]);
});

test("frames that come late make room, although they are cheap", () => {
  const pace = new Pace();
  let count = 0;
  draw(pace, { seconds: 5, cost: () => 1, late: () => ((count += 1) % 2 ? 30 : 0) });
  assert.ok(pace.interval >= STEPS_MS[1]);
});

test("what has become easy is drawn faster again, after a while and not to and fro", () => {
  const pace = new Pace();
  draw(pace, { seconds: 5, cost: () => 12 });
  assert.equal(pace.interval, STEPS_MS[2]);
  draw(pace, { from: 5000, seconds: 5, cost: () => 1 });
  assert.equal(pace.interval, STEPS_MS[2]);
  draw(pace, { from: 10_000, seconds: 40, cost: () => 1 });
  assert.equal(pace.interval, STEPS_MS[0]);
});

test("a faster step that fails is tried ever more seldom", () => {
  const pace = new Pace();
  let [rises, before] = [0, pace.interval];
  const late = () => {
    rises += Number(pace.interval < before);
    before = pace.interval;
    return pace.interval === STEPS_MS[0] ? 12 : 0; // sixty is too much for this machine, thirty is easy
  };
  draw(pace, { seconds: 1200, cost: () => 1, late });
  assert.ok(rises >= 3 && rises <= 9, `${rises}`);
});

test("waking from rest is not being late", () => {
  const pace = new Pace();
  for (let now = 0; now < 60_000; now += 500) {
    assert.equal(pace.wait(now), 0);
    pace.drawn(now, 2, false);
  }
  assert.equal(pace.interval, STEPS_MS[0]);
});
