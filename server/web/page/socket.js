/**
 * The line to the server: JSON frames over a WebSocket that comes back by itself.
 *
 * Law: a wish that cannot be sent is refused at once and in plain words; nothing is kept and sent later.
 */

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 8000;
const GROWTH = 1.7;
const SPREAD = 0.3; // so that many pages do not come back in the same moment
const QUIET_MS = 2500; // the server tells its status twice a second: what is wished in such a silence may be lost
const SILENT_MS = 8000; // a line so long silent is dead
const KNOCK_MS = 4000; // a try so long without a greeting: the network swallowed it, a new one may come through
const WATCH_MS = 500;
const REPLY_MS = 5000;

/**
 * How long to wait before the next try, ms.
 * @param {number} tries so far in vain  @param {number} dice 0..1
 */
export function backoff(tries, dice) {
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * GROWTH ** tries);
  return Math.round(wait * (1 + SPREAD * (dice - 0.5)));
}

/** @typedef {{ok: boolean, reason?: string}} Reply */

export class Line {
  #socket = null;
  #tries = 0;
  #id = 0;
  #timer = 0;
  #heard = 0;
  #isQuiet = false;
  /** @type {Map<number, {done: function(Reply): void, timer: number}>} */
  #asked = new Map();

  /**
   * @param {string} url
   * @param {{frame: function(Object, number): void, open: function(): void, lost: function(number, string): void,
   *   quiet: function(boolean): void}} on  frame: with the moment (ms) it came; lost: with the wait (ms) before the next
   *   try, and why if the server said so; quiet: nothing has come for QUIET_MS, or something comes again
   */
  constructor(url, on) {
    this.url = url;
    this.on = on;
    this.connected = false;
    setInterval(() => this.#watch(), WATCH_MS);
    globalThis.addEventListener?.("online", () => this.connected || this.connect());
    globalThis.document?.addEventListener("visibilitychange", () => globalThis.document.hidden || this.#wake());
  }

  /** Connect; again and again until it works. */
  connect() {
    clearTimeout(this.#timer);
    const [before, socket] = [this.#socket, new WebSocket(this.url)];
    this.#socket = socket;
    before?.close();
    this.#heard = performance.now();
    socket.onmessage = (event) => this.#receive(socket, event.data);
    socket.onclose = (event) => this.#closed(socket, event.reason);
  }

  /**
   * Do what a command says. @param {string} path without the first slash @param {Array<string|number>} args
   * @param {Object} [more] further keys @returns {Promise<Reply>} never rejects
   */
  do(path, args = [], more = {}) {
    return this.#ask({ do: `/${path}`, args, ...more });
  }

  /** Whether a command would be taken; nothing happens. @returns {Promise<Reply>} */
  check(path, args) {
    return this.#ask({ check: `/${path}`, args });
  }

  /** Ask what time it is; the answer comes as a frame. */
  askTime() {
    if (this.#open) {
      this.#socket.send(JSON.stringify({ time: performance.now() / 1000 }));
    }
  }

  /** Whether something sent now would go out: a line that is closing is still connected for the eye. */
  get #open() {
    return this.connected && this.#socket.readyState === WebSocket.OPEN;
  }

  #ask(frame) {
    if (!this.#open) {
      return Promise.resolve({ ok: false, reason: "not connected: nothing was sent" });
    }
    this.#id += 1;
    const id = this.#id;
    return new Promise((done) => {
      const timer = setTimeout(() => this.#answer({ reply: id, ok: false, reason: "no answer" }), REPLY_MS);
      this.#asked.set(id, { done, timer });
      this.#socket.send(JSON.stringify({ ...frame, id }));
    });
  }

  #receive(socket, data) {
    if (socket !== this.#socket) {
      return;
    }
    const now = performance.now();
    this.#heard = now;
    this.#quiet(false);
    const frame = parse(data);
    if (frame?.hello && !this.connected) {
      this.connected = true;
      this.#tries = 0;
      this.on.frame(frame, now);
      this.on.open();
    } else if (frame && "reply" in frame) {
      this.#answer(frame);
    } else if (frame) {
      this.on.frame(frame, now);
    }
  }

  #answer({ reply, ok, reason }) {
    const asked = this.#asked.get(reply);
    this.#asked.delete(reply);
    clearTimeout(asked?.timer);
    asked?.done({ ok, reason });
  }

  #closed(socket, why) {
    if (socket !== this.#socket) {
      return;
    }
    [this.#socket, this.#isQuiet, this.connected] = [null, false, false];
    for (const id of [...this.#asked.keys()]) {
      this.#answer({ reply: id, ok: false, reason: "the connection was lost before the answer" });
    }
    const wait = backoff(this.#tries, Math.random());
    this.#tries += 1;
    this.#timer = setTimeout(() => this.connect(), wait);
    this.on.lost(wait, why);
  }

  /** Give up a line that is dead. */
  #watch() {
    if (!this.#socket) {
      return;
    }
    const silence = performance.now() - this.#heard;
    this.#quiet(this.connected && silence > QUIET_MS);
    if (silence > (this.#socket.readyState === WebSocket.CONNECTING ? KNOCK_MS : SILENT_MS)) {
      const dead = this.#socket;
      this.#closed(dead, "the server has gone silent");
      dead.close();
    }
  }

  /** Somebody looks again: what slept may be dead, and nobody should wait. */
  #wake() {
    this.#watch();
    if (!this.#socket) {
      this.connect();
    }
  }

  #quiet(is) {
    if (is !== this.#isQuiet) {
      this.#isQuiet = is;
      this.on.quiet(is);
    }
  }
}

/** @param {string} data @returns {?Object<string, any>} null when it is no JSON object */
export function parse(data) {
  try {
    const frame = JSON.parse(data);
    return frame && typeof frame === "object" && !Array.isArray(frame) ? frame : null;
  } catch {
    return null;
  }
}
