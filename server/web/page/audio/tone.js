/**
 * Tone.js, fetched when it is first wanted: a page that only steers does not carry a synthesiser.
 *
 * Tone makes a context of its own when it is loaded, with a timer in a worker made from text, which our content
 * security policy forbids (and rightly). Where there are no workers it takes a plain timer: so there are none meanwhile.
 *
 * It plays on a context that is given to it, and wants its listener to be movable, which Firefox's is not.
 *
 * It lets go of a note's nodes when the browser is idle, which a hidden page never is: an hour of them fills the memory.
 * Where nobody tells of idleness it takes a plain timer: so nobody does, as long as the page is open.
 */

const ADDRESS = "/page/vendor/tone/Tone.js";
const TICK_S = 0.05; // of Tone's housekeeping; onsets do not depend on it
const REST_S = 2; // of the same while nothing is to be heard

const EARS = ["position", "forward", "up"].flatMap((what) => ["X", "Y", "Z"].map((axis) => what + axis));

let loaded = null;

/** @param {AudioContext} sound where it plays @returns {Promise<any>} the library, made for steady playing */
export function tone(sound) {
  loaded ??= load(sound).catch((error) => {
    loaded = null;
    throw error;
  });
  return loaded;
}

async function load(sound) {
  const { Worker } = globalThis;
  globalThis.TONE_SILENCE_LOGGING = true;
  globalThis.Worker = undefined;
  globalThis.requestIdleCallback = undefined;
  try {
    await import(ADDRESS);
  } finally {
    globalThis.Worker = Worker;
  }
  const Tone = globalThis.Tone;
  EARS.forEach((name) => (sound.listener[name] ??= new GainNode(sound).gain)); // nobody moves it here: any parameter will do
  const context = new Tone.Context({
    context: sound,
    clockSource: "timeout",
    lookAhead: 0,
    updateInterval: TICK_S,
  });
  Tone.setContext(context, true);
  return Tone;
}

/** Let the library look after its nodes as often as that takes. @param {any} Tone @param {boolean} plays */
export function housekeeping(Tone, plays) {
  Tone.getContext().updateInterval = plays ? TICK_S : REST_S;
}
