/** The screen's lock, on a device that gives it, refuses it, or has none. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Awake } from "../../server/web/page/awake.js";

let [device, listeners, plays] = [null, {}, false];

/** A device that gives one lock after the other; `refuses`: the battery is low. */
class Device {
  asked = 0;
  refuses = false;
  /** @type {?{released: boolean, gone: function(): void}} */
  lock = null;

  async request(kind) {
    assert.equal(kind, "screen");
    this.asked += 1;
    if (this.refuses) {
      throw new Error("NotAllowedError");
    }
    const lock = { released: false, addEventListener: (_name, heard) => (lock.heard = heard), gone: () => ((lock.released = true), lock.heard()) };
    lock.release = async () => lock.gone();
    this.lock = lock;
    return lock;
  }
}

beforeEach(() => {
  [device, listeners, plays] = [new Device(), {}, true];
  globalThis.document = { hidden: false, addEventListener: (name, heard) => (listeners[name] = heard) };
  Object.defineProperty(globalThis, "navigator", { value: { wakeLock: device }, configurable: true });
});

test("it is taken once while the band plays and given back when it stops", async () => {
  const awake = new Awake(() => plays);
  await Promise.all([awake.look(), awake.look()]);
  await awake.look();
  assert.deepEqual([device.asked, awake.held, device.lock.released], [1, true, false]);
  plays = false;
  await awake.look();
  assert.deepEqual([awake.held, device.lock.released], [false, true]);
});

test("a page that was hidden has lost it, and takes it again when it is seen", async () => {
  const awake = new Awake(() => plays);
  await awake.look();
  document.hidden = true;
  device.lock.gone();
  await listeners.visibilitychange();
  assert.deepEqual([device.asked, awake.held], [1, false]);
  document.hidden = false;
  await listeners.visibilitychange();
  assert.deepEqual([device.asked, awake.held], [2, true]);
});

test("what changes while it is asked for counts", async () => {
  const awake = new Awake(() => plays);
  const asked = awake.look();
  plays = false;
  await awake.look();
  await asked;
  assert.deepEqual([device.asked, awake.held, device.lock.released], [1, false, true]);
});

test("a device that refuses is asked again when something changes, and not before", async () => {
  device.refuses = true;
  const awake = new Awake(() => plays);
  await awake.look();
  assert.deepEqual([device.asked, awake.held], [1, false]);
  device.refuses = false;
  await awake.look();
  assert.deepEqual([device.asked, awake.held], [2, true]);
  device.lock.gone();
  assert.deepEqual([device.asked, awake.held], [2, false]);
});

test("where there is none nothing is said", async () => {
  Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
  const awake = new Awake(() => plays);
  await awake.look();
  assert.equal(awake.held, false);
});
