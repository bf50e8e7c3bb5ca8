/**
 * Tone.js, fetched when it is first wanted: a page that only steers does not carry a synthesiser.
 *
 * Tone makes a context of its own when it is loaded, with a timer in a worker made from text, which our content
 * security policy forbids (and rightly). Where there are no workers it takes a plain timer: so there are none meanwhile.
 */

const ADDRESS = "/page/vendor/tone/Tone.js";
const TICK_S = 0.05; // of Tone's housekeeping; onsets do not depend on it

let loaded = null;

/** @returns {Promise<any>} the library, its context made for steady playing */
export function tone() {
  loaded ??= load().catch((error) => {
    loaded = null;
    throw error;
  });
  return loaded;
}

async function load() {
  const { Worker } = globalThis;
  globalThis.TONE_SILENCE_LOGGING = true;
  globalThis.Worker = undefined;
  try {
    await import(ADDRESS);
  } finally {
    globalThis.Worker = Worker;
  }
  const Tone = globalThis.Tone;
  const context = new Tone.Context({
    latencyHint: "balanced",
    clockSource: "timeout",
    lookAhead: 0,
    updateInterval: TICK_S,
  });
  Tone.setContext(context, true);
  return Tone;
}
