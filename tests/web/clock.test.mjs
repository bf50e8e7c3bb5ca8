/** Clocks of the page: laws over many dice, with a generator of our own, so that a failure comes again. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { OutputClock, ServerClock } from "../../server/web/page/clock.js";
import { dice } from "./dice.mjs";

/** Ask a server whose clock is `skew(local)`; both ways take up to `slow` seconds, not evenly. */
function ask(clock, roll, local, skew, slow) {
  const [there, back] = [roll() * slow, roll() * slow];
  clock.add(local, skew(local + there), local + there + back);
  return local + there + back;
}

test("an offset is right to half the delay of the best answer", () => {
  for (let seed = 1; seed <= 50; seed += 1) {
    const roll = dice(seed);
    const clock = new ServerClock();
    const offset = (roll() - 0.5) * 1e5;
    let now = roll() * 1000;
    for (let turn = 0; turn < 12; turn += 1) {
      now = ask(clock, roll, now, (local) => local + offset, 0.02) + 0.07;
    }
    assert.ok(Math.abs(clock.toServer(now) - (now + offset)) <= clock.uncertainty + 1e-9);
  }
});

test("to the server's clock and back is where one was", () => {
  const roll = dice(7);
  const clock = new ServerClock();
  for (let now = 0; now < 120; now += 2) {
    ask(clock, roll, now, (local) => 5 + local * (1 + 90e-6), 0.004);
  }
  for (const local of [0, 60, 119, 500]) {
    assert.ok(Math.abs(clock.toLocal(clock.toServer(local)) - local) < 1e-9);
  }
});

test("a drifting clock is foreseen", () => {
  const clock = new ServerClock();
  const skew = (local) => 100 + local * (1 + 80e-6);
  const roll = dice(3);
  for (let now = 0; now <= 100; now += 2) {
    ask(clock, roll, now, skew, 0.0005);
  }
  const later = 120; // 20 s without an answer: a level line would be 1.6 ms off by then, and more
  assert.ok(Math.abs(clock.toServer(later) - skew(later)) < 0.0008);
});

test("a clock that jumps is followed at once", () => {
  const clock = new ServerClock();
  for (let now = 0; now < 10; now += 1) {
    clock.add(now, now + 50, now + 0.001);
  }
  clock.add(10, 10 + 80, 10.001);
  assert.ok(Math.abs(clock.toServer(11) - 91) < 0.002);
});

test("nothing is known before an answer and after forgetting", () => {
  const clock = new ServerClock();
  assert.equal(clock.known, false);
  clock.add(0, 1, 0.001);
  assert.equal(clock.known, true);
  clock.forget();
  assert.equal(clock.known, false);
});

test("single stamps of the sound card that came late are outvoted", () => {
  const clock = new OutputClock();
  for (let turn = 0; turn < 15; turn += 1) {
    clock.add(turn * 0.25 + (turn % 5 === 0 ? 0.02 : 0), 100 + turn * 0.25);
  }
  assert.ok(Math.abs(clock.toContext(104) - 4) < 1e-9);
  assert.ok(Math.abs(clock.toLocal(4) - 104) < 1e-9);
});

test("a device that was changed is believed at once", () => {
  const clock = new OutputClock();
  for (let turn = 0; turn < 15; turn += 1) {
    clock.add(turn, 100 + turn);
  }
  clock.add(0.5, 116);
  assert.ok(Math.abs(clock.toContext(117) - 1.5) < 1e-9);
});
