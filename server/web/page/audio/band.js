/**
 * The band in the browser: the page's player, its instruments, and the clocks between a tick and a sample.
 *
 * tick -> server's clock (timeline) -> performance.now() (asked) -> AudioContext (its output stamps). Notes are handed
 * to the audio thread ahead of time; timers only have to come round once in LOOKAHEAD.
 */

import { OutputClock } from "../clock.js";
import { tickOf, timeOf } from "../timeline.js";
import { Delay } from "./delay.js";
import { mix } from "./mixer.js";
import { Player } from "./player.js";
import { seated } from "./seats.js";
import { awake, sound } from "./sound.js";
import { housekeeping, tone } from "./tone.js";

const LOOKAHEAD_S = 0.3; // a page that stands still so long is heard to
const HIDDEN_S = 1.6; // browsers let timers of hidden pages come once a second
const TURN_MS = 25;
const STAMP_TURNS = 10;
const EARLY_MS = 2; // browsers round their clocks
const SAFE_S = 0.004; // closer to now than that is too late for the audio thread
const KEPT = 4096;

/** @typedef {{voice: string, bar: number, tick: number, pitch: number, planned: number, scheduled: number}} Onset */

export class Band {
  #timer = 0;
  #turns = 0;
  #delay = new Delay();

  /**
   * @param {import("../state.js").Store} store @param {import("../clock.js").ServerClock} clock
   * @param {function(string): void} say where a trouble goes
   */
  constructor(store, clock, say) {
    Object.assign(this, { store, clock, say });
    this.output = new OutputClock();
    this.on = false;
    /** @type {Onset[]} */
    this.onsets = [];
    this.player = new Player(this, () => this.#tickAt(this.context.currentTime));
    ["hello", "clock"].forEach((topic) => store.on(topic, () => this.on && this.#join()));
    store.on("tell", (told) => this.#plays && this.#tell(told)); // else it joins anew later: till then nothing may pile up
    store.on("bar", (bar) => this.#plays && this.#bar(bar));
    document.addEventListener("visibilitychange", () => this.#turn()); // timers may come seldom from now on
  }

  /** Begin to play; must be called from a gesture of the user. */
  async start() {
    this.context ??= sound(() => this.on, () => this.#sounds());
    await Promise.all([awake(this.context), this.#seat()]); // asked for before any wait: later the gesture counts no more
    this.on = true;
    this.#delay = new Delay();
    housekeeping(this.Tone, true);
    this.#sounds();
    this.#timer = setInterval(() => this.#turn(), TURN_MS);
  }

  /** How much later than the band it plays, s. */
  get delay() {
    return this.#delay.value;
  }

  async #seat() {
    this.Tone ??= await tone(this.context);
    this.instruments ??= await seated(this.Tone);
    this.mixer ??= mix(this.Tone, this.instruments);
    this.instruments.drums.onKick = (time) => this.mixer.duck(time);
  }

  /** The sound card plays from now on: also after a call, which stopped its clock. */
  #sounds() {
    this.output = new OutputClock();
    this.#stamp();
    this.#join();
  }

  /** Whether the device has taken the sound away. */
  get silenced() {
    return this.on && !this.#plays;
  }

  get #plays() {
    return this.on && this.context.state === "running";
  }

  /** Fall silent; the sound card may rest. */
  async stop() {
    this.on = false;
    clearInterval(this.#timer);
    this.player.leave();
    housekeeping(this.Tone, false);
    await this.context?.suspend();
  }

  /** @param {number} value 0..1 */
  volume(value) {
    this.mixer?.volume(value);
  }

  // What the player wants (its sink) -----------------------------------------------------------------------

  /** @param {import("./player.js").Press} press */
  press(press) {
    const planned = this.#timeAt(press.tick);
    const soonest = this.context.currentTime + SAFE_S;
    const scheduled = Math.max(planned, soonest);
    this.#delay.handed(planned - soonest);
    const { voice, bar, tick, pitch } = press;
    const onset = { voice, bar, tick, pitch, planned, scheduled };
    this.onsets.push(onset);
    if (this.onsets.length > KEPT) {
      this.onsets.splice(0, KEPT / 4);
    }
    try {
      return { onset, note: this.instruments[voice].press(pitch, scheduled, press.velocity) };
    } catch (error) {
      this.say(`browser band: ${error.message}`);
      return { onset, note: null };
    }
  }

  /** @param {any} handle @param {number} tick */
  release({ note }, tick) {
    note?.release(Math.max(this.#timeAt(tick), this.context.currentTime + SAFE_S));
  }

  /** @param {any} handle */
  cancel({ onset, note }) {
    this.onsets = this.onsets.filter((other) => other !== onset);
    note?.cancel();
  }

  // Clocks -------------------------------------------------------------------------------------------------

  #timeAt(tick) {
    const local = this.clock.toLocal(timeOf(this.store.timeline, tick)) + this.delay;
    return this.output.toContext(local);
  }

  #tickAt(time) {
    if (!this.store.timeline) {
      return 0;
    }
    const server = this.clock.toServer(this.output.toLocal(time) - this.delay);
    return tickOf(this.store.timeline, server);
  }

  #stamp() {
    const { contextTime, performanceTime } = this.context.getOutputTimestamp?.() ?? {};
    const now = performance.now();
    const early = performanceTime > now + EARLY_MS; // it is to be what is heard now, but WebKit adds contextTime to it
    if (contextTime > 0 && performanceTime > 0 && !early) {
      this.output.add(contextTime, performanceTime / 1000);
    } else if (!this.output.known || !contextTime || early) {
      this.output.add(this.context.currentTime, now / 1000); // a device that says nothing, or nonsense
    }
  }

  // What comes in ------------------------------------------------------------------------------------------

  #join() {
    const { open, end, bars, timeline } = this.store;
    const running = this.store.value("playing") === 1 && timeline !== null && this.clock.known;
    this.player.join({ running, open, end, bars: bars.all() });
    timeline && this.mixer.tempo(timeline.bpm);
  }

  #tell(told) {
    this.player.tell(told);
    if (told.timeline) {
      this.mixer.tempo(told.timeline.bpm);
    }
    this.#turn();
  }

  #bar(bar) {
    if (bar.start === 0 && this.#delay.bar()) {
      this.player.tell({ type: "Retime" }); // bars come too late for this sound card: what waits gets later, too
    }
    const tension = bar.plan.tension.reduce((sum, value) => sum + value, 0) / bar.plan.tension.length;
    const time = Math.max(this.context.currentTime, this.#timeAt(bar.tick));
    Object.values(this.instruments).forEach((instrument) => instrument.open?.(tension, time));
    this.player.load(bar);
    this.#turn();
  }

  #turn() {
    if (!this.#plays || !this.store.timeline) {
      return;
    }
    this.#turns += 1;
    if (this.#turns % STAMP_TURNS === 0) {
      this.#stamp();
    }
    const ahead = document.hidden ? HIDDEN_S : LOOKAHEAD_S;
    this.player.step(this.#tickAt(this.context.currentTime + ahead));
  }
}
