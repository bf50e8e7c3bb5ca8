/** When the page draws, on a screen that shows a frame when the test says so. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Frames } from "../../server/web/page/frames.js";

/** A browser's screen: one frame, painted at once, then the task after it. */
class Screen {
  asked = [];
  tasks = [];

  constructor() {
    const screen = this;
    this.document = { hidden: false };
    this.channel = class {
      port1 = {};
      port2 = { postMessage: () => screen.tasks.push(() => this.port1.onmessage()) };
    };
  }

  show() {
    const frames = this.asked.splice(0);
    try {
      frames.forEach((frame) => frame());
    } finally {
      this.tasks.splice(0).forEach((task) => task());
    }
    return frames.length;
  }
}

let [screen, now] = [null, 0];

beforeEach(() => {
  screen = new Screen();
  now = 0;
  globalThis.document = screen.document;
  globalThis.MessageChannel = screen.channel;
  globalThis.requestAnimationFrame = (frame) => screen.asked.push(frame);
  globalThis.setTimeout = (frame) => frame(); // the test's screen is slower than any pace
  globalThis.performance = { now: () => now };
});

function shown(frames, times) {
  const before = frames.report.count;
  for (let turn = 0; turn < times; turn += 1) {
    now += 500;
    screen.show();
  }
  return frames.report.count - before;
}

test("while something moves there are frames, at rest none but what is woken", () => {
  let moves = true;
  const frames = new Frames(() => {}, () => moves);
  assert.equal(shown(frames, 5), 0);
  frames.wake();
  assert.equal(shown(frames, 5), 5);
  moves = false;
  assert.equal(shown(frames, 5), 1);
  frames.wake();
  frames.wake();
  assert.equal(shown(frames, 5), 1);
});

test("a hidden page asks for no frame", () => {
  const frames = new Frames(() => {}, () => true);
  screen.document.hidden = true;
  frames.wake();
  assert.equal(shown(frames, 3), 0);
  screen.document.hidden = false;
  frames.wake();
  assert.equal(shown(frames, 3), 3);
});

test("what changes while a frame is drawn is drawn with the next", () => {
  const frames = new Frames(() => frames.report.count === 0 && frames.wake(), () => false);
  frames.wake();
  assert.equal(shown(frames, 4), 2);
});

test("a frame that fails is not the last", () => {
  let fails = true;
  const frames = new Frames(() => {
    if (fails) {
      throw new Error("a view is broken");
    }
  }, () => true);
  frames.wake();
  now += 500;
  assert.throws(() => screen.show(), /broken/);
  fails = false;
  assert.equal(shown(frames, 3), 3);
});

test("a screen that is faster than the pace draws no more often", () => {
  const frames = new Frames(() => {}, () => true);
  frames.wake();
  for (let turn = 0; turn < 1000; turn += 1) {
    now += 1000 / 240;
    screen.show();
  }
  assert.ok(frames.report.count > 230 && frames.report.count < 260, `${frames.report.count}`);
  assert.equal(frames.report.costs.length, frames.report.count);
});
