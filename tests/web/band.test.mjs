/** The band in the browser while its device is silent: a call, a night without a sound card. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Band } from "../../server/web/page/audio/band.js";
import { ServerClock } from "../../server/web/page/clock.js";
import { Store } from "../../server/web/page/state.js";

const BARS = 40;
const bar = (number) => ({
  bar: number, tick: number * 1920, start: 0, hush: [], notes: { lead: [[0, 480, 60, 100]] }, players: {}, ms: 1,
  plan: { section: "drop", tension: [0.5, 0.5, 0.5, 0.5], chords: ["Am"] },
});

/** An instrument, a mixer, a player, an automation of the sound card: counts what it is told. */
class Ear {
  told = 0;
  tempi = [];

  constructor() {
    for (const name of ["open", "press", "load", "tell", "join", "step"]) {
      this[name] = () => (this.told += 1);
    }
  }

  tempo(bpm) {
    this.tempi.push(bpm);
  }
}

let [store, band] = [null, null];

beforeEach(() => {
  globalThis.document = { hidden: false, addEventListener: () => undefined };
  store = new Store();
  store.timeline = { bpm: 174, tick0: 0, time0: 0 };
  band = new Band(store, new ServerClock(), assert.fail);
  Object.assign(band, { on: true, player: new Ear(), mixer: new Ear(), instruments: { lead: new Ear() } });
  band.context = { state: "running", currentTime: 0 };
});

function play(bars) {
  for (let number = 0; number < bars; number += 1) {
    store.take({ bar: bar(number), tell: { type: "Retime", timeline: { bpm: 100 + number, tick0: 0, time0: 0 } } }, 0);
  }
}

const told = () => [band.player.told, band.instruments.lead.told, band.mixer.tempi.length];

test("while the device is silent nothing is kept for it, for however many bars", () => {
  band.context.state = "interrupted";
  play(BARS);
  assert.deepEqual([band.silenced, told()], [true, [0, 0, 0]]);
  band.context.state = "running";
  play(BARS);
  assert.ok(told().every((times) => times >= BARS));
});

test("who joins echoes in the tempo of the band", () => {
  store.take({ clock: true }, 0);
  assert.deepEqual(band.mixer.tempi, [174]);
});
