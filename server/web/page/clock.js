/**
 * Clocks: which moment of one clock is which of another. Nothing here reads a clock; all times are seconds.
 *
 * Server's monotonic clock <- `ServerClock` -> performance.now() <- `OutputClock` -> AudioContext.
 */

const KEEP_S = 180; // answers older than that say little of the drift now
const MOST = 64;
const SLACK_S = 0.001; // answers that took so much longer than the quickest are as good
const FIT_SPAN_S = 20; // shorter spans give no slope worth having
const FIT_LEAST = 4;
const MAX_DRIFT = 200e-6; // quartz clocks drift apart by less than 200 ppm; more is measuring error
const JUMP_S = 0.005; // beyond what the answer's delay explains: a computer slept, or another server answers

/** Offset of the server's clock, from questions asked and answered. Law: each answer is right to half its delay. */
export class ServerClock {
  /** @type {{at: number, offset: number, delay: number}[]} */
  #answers = [];
  #line = { at: 0, offset: 0, slope: 0 };

  /** Whether anything has been answered. */
  get known() {
    return this.#answers.length > 0;
  }

  /** Half the delay of the best answer: how far the offset may be wrong, s. */
  get uncertainty() {
    return Math.min(...this.#answers.map((a) => a.delay)) / 2;
  }

  /**
   * Take an answer.
   * @param {number} sent ours  @param {number} server its clock when it answered  @param {number} received ours
   */
  add(sent, server, received) {
    const at = (sent + received) / 2;
    const answer = { at, offset: server - at, delay: Math.max(0, received - sent) };
    if (this.known && Math.abs(answer.offset - this.#offset(at)) > answer.delay / 2 + this.uncertainty + JUMP_S) {
      this.#answers = [];
    }
    this.#answers = [...this.#answers.filter((a) => at - a.at <= KEEP_S), answer].slice(-MOST);
    this.#line = fit(this.#answers);
  }

  /** Forget all: another server may answer now. */
  forget() {
    this.#answers = [];
    this.#line = { at: 0, offset: 0, slope: 0 };
  }

  /** @param {number} local s @returns {number} the server's clock then */
  toServer(local) {
    return local + this.#offset(local);
  }

  /** @param {number} server s @returns {number} our clock then; exact inverse of `toServer` */
  toLocal(server) {
    const { at, offset, slope } = this.#line;
    return (server - offset + slope * at) / (1 + slope);
  }

  #offset(local) {
    return this.#line.offset + this.#line.slope * (local - this.#line.at);
  }
}

/** Line through the quickest answers; level where they span too little time. */
function fit(answers) {
  const least = Math.min(...answers.map((a) => a.delay));
  const best = answers.filter((a) => a.delay <= least + SLACK_S);
  const span = best[best.length - 1].at - best[0].at;
  const quickest = best.reduce((a, b) => (b.delay <= a.delay ? b : a));
  if (best.length < FIT_LEAST || span < FIT_SPAN_S) {
    return { at: quickest.at, offset: quickest.offset, slope: 0 };
  }
  const at = mean(best.map((a) => a.at));
  const offset = mean(best.map((a) => a.offset));
  const over = best.reduce((sum, a) => sum + (a.at - at) ** 2, 0);
  const slope = best.reduce((sum, a) => sum + (a.at - at) * (a.offset - offset), 0) / over;
  return { at, offset, slope: Math.min(MAX_DRIFT, Math.max(-MAX_DRIFT, slope)) };
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

const STAMPS = 15; // a few seconds at four a second: their median forgets single stamps that came late
const LEAP_S = 0.05; // the device was changed or the machine slept

/** Where the sound card is: performance.now() (s) to the time of an AudioContext (s), as heard at the output. */
export class OutputClock {
  /** @type {number[]} */
  #offsets = [];
  #offset = 0;

  /** Whether a stamp has come. */
  get known() {
    return this.#offsets.length > 0;
  }

  /** @param {number} context s of the context @param {number} local s of performance.now() when that was heard */
  add(context, local) {
    const offset = context - local;
    if (this.known && Math.abs(offset - this.#offset) > LEAP_S) {
      this.#offsets = [];
    }
    this.#offsets = [...this.#offsets, offset].slice(-STAMPS);
    const sorted = [...this.#offsets].sort((a, b) => a - b);
    this.#offset = sorted[sorted.length >> 1];
  }

  /** @param {number} local s @returns {number} time of the context */
  toContext(local) {
    return local + this.#offset;
  }

  /** @param {number} context s @returns {number} performance.now() in s */
  toLocal(context) {
    return context - this.#offset;
  }
}
