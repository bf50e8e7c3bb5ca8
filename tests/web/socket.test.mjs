/** The line to the server over a network that comes and goes: in time that the test turns. */

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Line } from "../../server/web/page/socket.js";

const HELLO = '{"hello": {}}';

class Wire {
  static CONNECTING = 0;
  static OPEN = 1;
  static CLOSED = 3;
  static all = [];
  readyState = Wire.CONNECTING;
  sent = [];

  constructor(url) {
    this.url = url;
    Wire.all.push(this);
  }

  send(data) {
    this.sent.push(data);
  }

  close() {
    this.readyState = Wire.CLOSED; // its end is told by the network, which may be gone
  }

  says(data) {
    this.readyState = Wire.OPEN;
    this.onmessage({ data });
  }
}

const listeners = {};
let [now, told] = [0, []];

function line() {
  const quiet = (is) => told.push(is ? "quiet" : "heard");
  const on = { frame: () => undefined, open: () => told.push("open"), lost: () => told.push("lost"), quiet };
  const made = new Line("ws://stage/ws", on);
  made.connect();
  return made;
}

/** Let time pass in steps. */
function pass(ms) {
  for (let gone = 0; gone < ms; gone += 100) {
    now += 100;
    mock.timers.tick(100);
  }
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  mock.method(performance, "now", () => now);
  globalThis.WebSocket = Wire;
  globalThis.addEventListener = (name, heard) => (listeners[name] = heard);
  globalThis.document = { hidden: false, addEventListener: (name, heard) => (listeners[name] = heard) };
  [now, told, Wire.all] = [0, [], []];
});

test("a try that the network swallows is given up, and another one comes through", () => {
  const made = line();
  pass(6000);
  assert.ok(Wire.all.length > 1);
  assert.equal(Wire.all[0].readyState, Wire.CLOSED);
  Wire.all.at(-1).says(HELLO);
  assert.deepEqual([made.connected, told.at(-1)], [true, "open"]);
  const tries = Wire.all.length;
  Wire.all[0].onclose({ reason: "" }); // an old one ends: that is no news
  assert.deepEqual([made.connected, Wire.all.length], [true, tries]);
});

test("a silence is told long before the line is given up, and so is its end", () => {
  const made = line();
  Wire.all[0].says(HELLO);
  pass(3000);
  assert.deepEqual([told, made.connected], [["open", "quiet"], true]);
  Wire.all[0].says("{}");
  assert.deepEqual(told, ["open", "quiet", "heard"]);
  pass(9000);
  assert.deepEqual([told.slice(3, 5), made.connected], [["quiet", "lost"], false]);
});

test("who looks again, and a network that is back, need not wait for the next try", () => {
  for (const back of ["online", "visibilitychange"]) {
    Wire.all = [];
    const made = line();
    for (let turn = 0; turn < 6; turn += 1) {
      Wire.all.at(-1).onclose({ reason: "" });
      made.connect();
    }
    Wire.all.at(-1).onclose({ reason: "" });
    const tries = Wire.all.length;
    listeners[back]();
    assert.equal(Wire.all.length, tries + 1);
    Wire.all.at(-1).says(HELLO);
    listeners[back]();
    assert.equal(Wire.all.length, tries + 1);
  }
});

test("what cannot be sent is refused at once, what is unanswered when the line ends, too", async () => {
  const made = line();
  assert.match((await made.do("play")).reason, /nothing was sent/);
  Wire.all[0].says(HELLO);
  const asked = made.do("play");
  assert.equal(JSON.parse(Wire.all[0].sent[0]).do, "/play");
  Wire.all[0].onclose({ reason: "" });
  assert.match((await asked).reason, /before the answer/);
});
