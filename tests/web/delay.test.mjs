/** How much later than the band the page plays. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Delay, FIRST_S, MOST_S } from "../../server/web/page/audio/delay.js";
import { dice } from "./dice.mjs";

/** Play bars whose notes come `slack` s before the band plays them; return how many came late. */
function play(delay, slacks) {
  let late = 0;
  for (const slack of slacks) {
    delay.handed(slack + delay.value);
    late += Number(slack + delay.value < 0);
    delay.bar();
  }
  return late;
}

test("what comes late is late no more after a bar or two, and nothing waits for ever longer", () => {
  const delay = new Delay();
  assert.equal(play(delay, [-0.16, -0.16, -0.16]), 1);
  assert.ok(delay.value > 0.16 && delay.value < 0.2);
  play(delay, Array(50).fill(-9));
  assert.equal(delay.value, MOST_S);
});

test("a rough minute costs nothing for good: it comes back in steps that nobody hears", () => {
  const delay = new Delay();
  play(delay, Array(8).fill(-0.5));
  assert.ok(delay.value > 0.5);
  for (let bar = 0, before = delay.value; bar < 400; bar += 1, before = delay.value) {
    assert.equal(play(delay, [0.05]), 0);
    assert.ok(before - delay.value <= 0.005 + 1e-9);
  }
  assert.equal(delay.value, FIRST_S);
});

test("it does not come back to where notes would be late again", () => {
  const roll = dice(4);
  const delay = new Delay();
  play(delay, [-0.3, -0.3, -0.3]);
  assert.equal(play(delay, Array.from({ length: 2000 }, () => -0.3 + 0.08 * roll())), 0);
  assert.ok(delay.value > 0.3);
});

test("bars without notes say nothing", () => {
  const delay = new Delay();
  play(delay, [-0.3, -0.3, -0.3]);
  const before = delay.value;
  for (let bar = 0; bar < 100; bar += 1) {
    assert.equal(delay.bar(), false);
  }
  assert.equal(delay.value, before);
});
