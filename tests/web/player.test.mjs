/** The page as a second player: every press sounds once and ends, whatever comes in between. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Player } from "../../server/web/page/audio/player.js";
import { drumOf } from "../../server/web/page/audio/kit.js";
import { gainOf, hertz } from "../../server/web/page/audio/pool.js";
import { dice } from "./dice.mjs";

const OPEN = { lead: true, bass: true };

/** A player whose clock is a number, and a sink that keeps a ledger. */
class Rig {
  constructor() {
    this.tick = 0;
    this.notes = [];
    this.player = new Player(this, () => this.tick);
    this.player.join({ running: true, open: OPEN, end: null, bars: [] });
  }

  press(press) {
    const note = { ...press, ends: [], cancelled: 0, at: this.tick };
    this.notes.push(note);
    return note;
  }

  release(note, tick) {
    note.ends.push(tick);
  }

  cancel(note) {
    assert.ok(note.tick > this.tick, "what sounds cannot be taken back");
    note.cancelled += 1;
  }

  /** Let time pass, handing out 200 ticks ahead. */
  until(tick) {
    while (this.tick < tick) {
      this.tick = Math.min(tick, this.tick + 40);
      this.player.step(this.tick + 200);
    }
  }

  /** Those that sounded: pitch and tick. */
  get heard() {
    return this.notes.filter((note) => !note.cancelled).map((note) => [note.pitch, note.tick]);
  }
}

const bar = (number, notes, more = {}) => ({ bar: number, tick: number * 1920, start: 0, hush: [], notes, ...more });
const four = (pitch) => [0, 480, 960, 1440].map((onset) => [onset, 240, pitch, 100]);

test("a bar sounds note by note, and each note ends", () => {
  const rig = new Rig();
  rig.player.load(bar(0, { lead: four(60) }));
  rig.until(3000);
  assert.deepEqual(rig.heard, [[60, 0], [60, 480], [60, 960], [60, 1440]]);
  assert.deepEqual(rig.notes.map((note) => note.ends), [[240], [720], [1200], [1680]]);
  assert.equal(rig.player.sounding, 0);
});

test("who joins in the middle of a bar begins with the next one", () => {
  const rig = new Rig();
  rig.tick = 700;
  rig.player.join({ running: true, open: OPEN, end: null, bars: [bar(0, { lead: four(60) }), bar(1, { lead: four(62) })] });
  rig.until(4000);
  assert.deepEqual(rig.heard, [[62, 1920], [62, 2400], [62, 2880], [62, 3360]]);
});

test("a rewritten bar replaces from there on what was handed out ahead", () => {
  const rig = new Rig();
  rig.player.load(bar(0, { lead: four(60), bass: four(36) }));
  rig.until(880); // the notes at 960 have been handed out
  rig.player.load(bar(0, { lead: [[960, 240, 72, 100]] }, { start: 930 }));
  rig.until(2500);
  const lead = rig.heard.filter(([pitch]) => pitch >= 60);
  assert.deepEqual(lead, [[60, 0], [60, 480], [72, 960]]);
  assert.equal(rig.heard.filter(([pitch]) => pitch === 36).length, 4);
});

test("a hushed voice ends where the new chord begins", () => {
  const rig = new Rig();
  rig.player.load(bar(0, { lead: [[0, 1920, 60, 100]] }));
  rig.until(500);
  rig.player.load(bar(0, { lead: [[960, 480, 62, 100]] }, { start: 930, hush: ["lead"] }));
  rig.until(2500);
  assert.deepEqual(rig.notes.map((note) => [note.pitch, note.ends]), [[60, [930]], [62, [1440]]]);
});

test("a stop ends at its bar line, and can be taken back", () => {
  const rig = new Rig();
  rig.player.load(bar(0, { lead: [[1440, 960, 60, 100]] }));
  rig.player.tell({ type: "Stop", tick: 1920 });
  rig.player.load(bar(1, { lead: four(62) }));
  rig.until(1800);
  rig.player.tell({ type: "GoOn" });
  rig.player.load(bar(1, { lead: four(62) }));
  rig.until(4200);
  assert.equal(rig.heard.filter(([pitch]) => pitch === 62).length, 4);
});

test("a stop that comes due silences all", () => {
  const rig = new Rig();
  rig.player.load(bar(0, { lead: [[1440, 960, 60, 100]] }));
  rig.player.load(bar(1, { lead: four(62) }));
  rig.player.tell({ type: "Stop", tick: 1920 });
  rig.until(5000);
  assert.deepEqual(rig.heard, [[60, 1440]]);
  assert.deepEqual(rig.notes[0].ends, [1920]);
});

test("a stop at once takes back what was handed out ahead", () => {
  const rig = new Rig();
  rig.player.load(bar(0, { lead: [[0, 1900, 60, 100], [480, 100, 62, 100]] }));
  rig.until(400);
  rig.player.tell({ type: "Stop", tick: null });
  rig.until(3000);
  assert.deepEqual(rig.heard, [[60, 0]]);
  assert.deepEqual(rig.notes[0].ends, [400]);
});

test("a note whose end was handed out ahead ends earlier where a stop comes", () => {
  const rig = new Rig();
  rig.player.load(bar(0, { lead: [[0, 500, 60, 100]] }));
  rig.until(400); // its release at 500 has been handed out
  rig.player.tell({ type: "Stop", tick: null });
  assert.deepEqual(rig.notes[0].ends, [500, 400]);
});

test("a panic is silence until the bar line", () => {
  const rig = new Rig();
  rig.player.load(bar(0, { lead: four(60), bass: [[0, 1900, 36, 100]] }));
  rig.player.load(bar(1, { lead: four(62) }));
  rig.until(500);
  rig.player.tell({ type: "Panic", resume: 1920, tick: null });
  rig.until(4500);
  assert.deepEqual(rig.heard, [[60, 0], [36, 0], [60, 480], [62, 1920], [62, 2400], [62, 2880], [62, 3360]]);
  assert.ok(rig.notes.filter((note) => note.pitch === 36).every((note) => note.ends[0] === 500));
});

test("a gate silences its voice only, from its tick on", () => {
  const rig = new Rig();
  rig.player.load(bar(0, { lead: four(60), bass: four(36) }));
  rig.player.tell({ type: "Gate", voice: "lead", open: false, tick: 960 });
  rig.player.tell({ type: "Gate", voice: "lead", open: true, tick: 1440 });
  rig.until(3000);
  assert.deepEqual(rig.heard.filter(([pitch]) => pitch === 60).map(([, tick]) => tick), [0, 480, 1440]);
  assert.equal(rig.heard.filter(([pitch]) => pitch === 36).length, 4);
});

test("another tempo hands out anew what does not sound yet", () => {
  const rig = new Rig();
  rig.player.load(bar(0, { lead: four(60) }));
  rig.until(400); // the note at 480 has been handed out
  rig.player.tell({ type: "Retime" });
  rig.until(3000);
  assert.deepEqual(rig.heard.map(([, tick]) => tick), [0, 480, 960, 1440]);
  assert.equal(rig.notes.filter((note) => note.cancelled).length, 1);
});

test("a start empties the queue, what was missed is not rushed after", () => {
  const rig = new Rig();
  rig.player.load(bar(0, { lead: four(60) }));
  rig.player.tell({ type: "Start", tick: 0, fresh: true });
  rig.until(400);
  assert.deepEqual(rig.heard, []);
  rig.player.load(bar(0, { lead: four(60) }));
  rig.until(2500);
  assert.deepEqual(rig.heard.map(([, tick]) => tick), [480, 960, 1440]);
  assert.equal(rig.player.missed, 1);
});

test("whatever comes, every press that sounds ends, and nothing sounds at the end", () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const roll = dice(seed);
    const pick = (...choices) => choices[Math.floor(roll() * choices.length)];
    const rig = new Rig();
    for (let turn = 0; turn < 60; turn += 1) {
      const line = Math.ceil(rig.tick / 1920);
      const notes = (voice, low) => ({
        [voice]: Array.from({ length: 6 }, () => [Math.floor(roll() * 16) * 120, 60 + Math.floor(roll() * 1500), low + Math.floor(roll() * 4), 90]),
      });
      const said = {
        bar: () => rig.player.load(bar(pick(line, line - 1, line + 1), { ...notes("lead", 60), ...notes("bass", 30) })),
        rest: () => rig.player.load(bar(line - 1, notes("lead", 60), { start: pick(480, 930, 1410), hush: pick([], ["lead"]) })),
        gate: () => rig.player.tell({ type: "Gate", voice: pick("lead", "bass"), open: roll() < 0.5, tick: pick(null, line * 1920) }),
        stop: () => rig.player.tell({ type: "Stop", tick: pick(null, line * 1920) }),
        on: () => rig.player.tell({ type: "GoOn" }),
        panic: () => rig.player.tell({ type: "Panic", resume: (line + 1) * 1920, tick: pick(null, line * 1920) }),
        start: () => rig.player.tell({ type: "Start", tick: pick(0, line * 1920), fresh: true }),
        retime: () => rig.player.tell({ type: "Retime" }),
        nothing: () => undefined,
      };
      said[pick("bar", "bar", "bar", "rest", "gate", "stop", "on", "panic", "start", "retime", "nothing")]();
      rig.until(rig.tick + pick(40, 200, 700));
    }
    rig.player.tell({ type: "Stop", tick: null });
    assert.equal(rig.player.sounding, 0);
    for (const note of rig.notes) {
      const earlier = note.ends.every((end, place) => place === 0 || end < note.ends[place - 1]);
      const ended = note.cancelled === 1 || (note.cancelled === 0 && note.ends.length > 0);
      assert.ok(ended && earlier, `seed ${seed}: ${JSON.stringify(note)}`);
    }
  }
});

test("pitches, velocities and drums", () => {
  assert.ok(Math.abs(hertz(69) - 440) < 1e-9 && Math.abs(hertz(57) - 220) < 1e-9);
  assert.deepEqual([gainOf(0), gainOf(127)], [0, 1]);
  assert.deepEqual([drumOf(36), drumOf(46), drumOf(99)], ["kick", "open", "hat"]);
});
