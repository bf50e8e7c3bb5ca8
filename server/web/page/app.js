/** The page: one line to the server, one state, and the views on it. */

import { hear, report } from "./audio/hear.js";
import { Awake } from "./awake.js";
import { chords } from "./chords.js";
import { ServerClock } from "./clock.js";
import { bind, keepKeys } from "./controls.js";
import { Curve } from "./curve.js";
import { Desk } from "./desk.js";
import { byId, write } from "./dom.js";
import { Frames } from "./frames.js";
import { keys } from "./keys.js";
import { Health, Log } from "./log.js";
import { Moment } from "./moment.js";
import { Now } from "./now.js";
import { pairing } from "./pair.js";
import { palette } from "./paint.js";
import { PendingView } from "./pending.js";
import { Roll } from "./roll.js";
import { record } from "./record.js";
import { scenes } from "./scenes.js";
import { Line } from "./socket.js";
import { Store } from "./state.js";
import { steer } from "./steer.js";
import { Voices } from "./voices.js";

const FIRST_QUESTIONS = 6;
const QUICK_MS = 70;
const STEADY_MS = 2000;
const ASKED_MS = 3000;
const REDRAW = ["hello", "bar", "tell", "state", "pending", "status", "beat"];

const store = new Store();
const clock = new ServerClock();
const moment = new Moment(store, clock);
const log = new Log(store);
const line = new Line(address(), { frame: take, open: opened, lost, quiet });
const desk = new Desk(line);
const awake = new Awake(() => !moment.lost && store.value("playing") === 1);
const trouble = (text) => {
  desk.say(text);
  log.note("page", text);
};

function address() {
  const url = new URL("/ws", location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const token = new URLSearchParams(location.search).get("token");
  if (token) {
    url.searchParams.set("token", token);
  }
  return url.href;
}

function take(frame, cameMs) {
  if ("time" in frame) {
    const known = clock.known;
    clock.add(frame.time, frame.server, cameMs / 1000);
    if (!known) {
      store.take({ clock: true }, moment.tick);
    }
    return;
  }
  const before = store.hello?.version;
  if (frame.hello) {
    clock.forget();
    moment.reset();
  }
  store.take(frame, moment.served);
  if (frame.hello && before && before !== frame.hello.version) {
    trouble(`the server is another version now (${frame.hello.version}, before ${before}): reload this page`);
  }
}

function opened() {
  moment.lost = false;
  awake.look();
  document.body.dataset.link = "open";
  write(byId("link"), "connected");
  for (let turn = 0; turn < FIRST_QUESTIONS; turn += 1) {
    setTimeout(() => line.askTime(), turn * QUICK_MS);
  }
}

function quiet(is) {
  document.body.dataset.link = is ? "waiting" : "open";
  write(byId("link"), is ? "the server is silent: what you do now may be lost" : "connected");
}

async function lost(waitMs, why) {
  moment.lost = true;
  frames.wake();
  awake.look();
  const wait = waitMs < 1000 ? "now" : `in ${Math.round(waitMs / 1000)} s`;
  document.body.dataset.link = "lost";
  write(byId("link"), `no connection${why ? ` (${why})` : ""}: trying again ${wait}`);
  if ((await knocked()) === 403 && document.body.dataset.link === "lost") {
    write(byId("link"), "this device is not paired with this server: scan its code anew, or reload to write its token");
  }
}

/** What the door says now, 0 where nobody answers: given up in time, or the questions of a night without network would pile up. */
async function knocked() {
  const signal = AbortSignal.timeout?.(ASKED_MS);
  const asked = fetch(location.href, { method: "HEAD", cache: "no-store", headers: { Accept: "text/html" }, signal });
  return asked.then(({ status }) => status, () => 0);
}

setInterval(() => line.askTime(), STEADY_MS);
bind(document, store, desk);
keepKeys(document);
steer(store, desk);
chords(store, desk);
scenes(store, desk);
record(desk);
keys(store, desk);
pairing(store);
const views = [new Now(store, moment), new Voices(store, desk, moment), new Roll(byId("roll"), store, moment)];
views.push(new Curve(byId("curve"), store));
new Health(store, clock);
new PendingView(store, moment);
const band = hear(store, clock, moment, trouble);

let paint = palette();
const draw = () => {
  const { tick } = moment; // one for all: what stands above each other moves together
  views.forEach((view) => view.draw(paint, tick));
};
const frames = new Frames(draw, () => moment.moves);
REDRAW.forEach((topic) => store.on(topic, () => frames.wake()));
["hello", "state", "status"].forEach((topic) => store.on(topic, () => awake.look()));
const sized = new ResizeObserver(() => {
  paint = palette();
  views.forEach((view) => view.fit?.(paint));
  frames.wake();
});
[document.body, byId("roll"), byId("curve")].forEach((node) => sized.observe(node));
document.addEventListener("visibilitychange", () => frames.wake());

Object.defineProperty(window, "melody", {
  value: Object.freeze({
    get connected() {
      return line.connected;
    },
    get bars() {
      return structuredClone(store.bars.all());
    },
    get state() {
      return structuredClone(store.state);
    },
    get pending() {
      return structuredClone(store.pending);
    },
    get tick() {
      return moment.served;
    },
    get frames() {
      return frames.report;
    },
    get awake() {
      return awake.held;
    },
    audio: report(band),
  }),
});
line.connect();
