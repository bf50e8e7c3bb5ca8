/** The line to the server, and the state it fills. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { taken } from "../../server/web/page/keys.js";
import { portsOf, span } from "../../server/web/page/log.js";
import { backoff, parse } from "../../server/web/page/socket.js";
import { Store } from "../../server/web/page/state.js";

const hello = (more = {}) => ({
  hello: {
    version: "0", protocol: 1, token_needed: false, voices: ["lead", "bass"], tree: [], names: { sections: ["drop"] },
    state: { tension: [0.5], playing: [1] }, pending: [], playing: true, timeline: { bpm: 120, tick0: 0, time0: 0 },
    bars: [], told: [], status: {}, log: [], ...more,
  },
});
const bar = (number) => ({ bar: { bar: number, tick: number * 1920, start: 0, hush: [], notes: {}, plan: {}, players: {}, ms: 0 } });

test("tries come apart further and further, and never give up", () => {
  const waits = Array.from({ length: 40 }, (_, tries) => backoff(tries, 0.5));
  assert.ok(waits[0] < 400 && waits.every((wait, at) => at === 0 || wait >= waits[at - 1]));
  assert.equal(waits.at(-1), 8000);
  assert.ok(backoff(0, 0) < backoff(0, 1)); // pages do not come back all at once
});

test("what is no object is no frame", () => {
  assert.deepEqual(['{"a":1}', "[1]", "null", "7", "nonsense"].map(parse), [{ a: 1 }, null, null, null, null]);
});

test("the greeting is the whole truth: nothing of before it stays", () => {
  const store = new Store();
  store.take(hello({ bars: [bar(3).bar] }), 0);
  store.take({ tell: { type: "Stop", tick: 1920 } }, 0);
  store.take({ tell: { type: "Gate", voice: "lead", open: false, tick: null } }, 0);
  assert.deepEqual([store.end, store.open.lead, store.bars.all().length], [1920, false, 1]);
  store.take(hello(), 0);
  assert.deepEqual([store.end, store.open.lead, store.bars.all().length], [null, true, 0]);
});

test("what the greeting tells of gates and stops holds", () => {
  const store = new Store();
  store.take(hello({ told: [{ type: "Gate", voice: "bass", open: false, tick: null }, { type: "Stop", tick: 3840 }] }), 0);
  assert.deepEqual([store.end, store.open.bass], [3840, false]);
});

test("changes are laid over the state, and listeners hear of them", () => {
  const store = new Store();
  const heard = [];
  store.on("state", (changed) => heard.push(changed));
  store.take(hello(), 0);
  store.take({ state: { tension: [0.9] } }, 0);
  store.take({ unheard_of: 1 }, 0);
  assert.deepEqual([store.value("tension"), store.value("playing"), store.value("nothing")], [0.9, 1, null]);
  assert.deepEqual(heard, [{ tension: [0.9] }]);
});

test("a listener that throws does not keep the others from hearing", (context) => {
  const store = new Store();
  const complaint = context.mock.method(console, "error", () => undefined);
  let heard = 0;
  store.on("beat", () => {
    throw new Error("mine");
  });
  store.on("beat", () => {
    heard += 1;
  });
  store.take({ beat: { bar: 1, beat: 2 } }, 0);
  assert.deepEqual([heard, complaint.mock.callCount()], [1, 1]);
});

test("a start forgets the bars of the music before it", () => {
  const store = new Store();
  store.take(hello({ bars: [bar(0).bar, bar(7).bar] }), 0);
  store.take({ tell: { type: "Start", tick: 1920 * 5, timeline: { bpm: 100, tick0: 0, time0: 0 }, fresh: false } }, 0);
  assert.deepEqual([store.bars.all().map((b) => b.bar), store.timeline.bpm], [[0], 100]);
  store.take({ tell: { type: "Start", tick: 0, timeline: { bpm: 100, tick0: 0, time0: 0 }, fresh: true } }, 0);
  assert.equal(store.bars.all().length, 0);
});

test("a panic is shown until the music resumes", () => {
  const store = new Store();
  store.take(hello(), 0);
  store.take({ tell: { type: "Panic", resume: 3840, tick: null } }, 2000);
  assert.deepEqual(store.cuts, [[2000, 3840]]);
});

test("keys belong to fields and to what has the focus", () => {
  const press = (tagName, key, more = {}) => taken({ target: { tagName, type: more.type }, key, ...more });
  assert.equal(press("INPUT", "m", { type: "text" }), true);
  assert.equal(press("INPUT", "m", { type: "range" }), false);
  assert.equal(press("INPUT", "ArrowUp", { type: "range" }), true);
  assert.equal(press("BUTTON", " "), true);
  assert.equal(press("BUTTON", "p"), false);
  assert.equal(press("BODY", " "), false);
  assert.equal(press("BODY", "r", { ctrlKey: true }), true);
});

test("ports and times in few words", () => {
  assert.equal(portsOf("jack:lead=open jack:bass=open rtmidi:pad=waiting"), "2 open (jack); pad waiting");
  assert.equal(portsOf("none:a=missing none:b=missing none:c=missing none:d=missing"), "none open; 4 missing");
  assert.deepEqual([span(59), span(60), span(3700)], ["59 s", "1 min", "1 h 1 min"]);
});
