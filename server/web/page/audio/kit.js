/**
 * The drum kit, synthesised: each drum is rendered once and then struck as often as wanted, each stroke by itself.
 *
 * General MIDI keys to kick, snare, clap, rim, hats, shaker, ride, crash and toms. A drum rings out: release means
 * nothing to it. Figures: by ear.
 */

import { gainOf } from "./pool.js";

const KEYS = new Map([
  [35, "kick"], [36, "kick"], [37, "rim"], [38, "snare"], [40, "snare"], [39, "clap"],
  [42, "hat"], [44, "hat"], [54, "shaker"], [70, "shaker"], [46, "open"], [51, "ride"], [53, "ride"], [59, "ride"],
  [49, "crash"], [57, "crash"], [52, "crash"], [55, "crash"],
  [41, "tom"], [43, "tom"], [45, "tom"], [47, "tom"], [48, "tom"], [50, "tom"],
]);
const TOM_HZ = 110; // as rendered; the others are played faster and slower
const TOMS_HZ = { 41: 75, 43: 88, 45: 100, 47: 125, 48: 145, 50: 170 };
const ALIVE = [1, 0.985, 1.01, 0.995]; // no two strokes of metal are the same

/** @param {number} key @returns {string} the drum that plays it */
export const drumOf = (key) => KEYS.get(key) ?? "hat";

const skin = (hz, volume, pitchDecay, octaves, decay) => (Tone) => {
  const envelope = { attack: 0.001, decay, sustain: 0, release: 0.02 };
  new Tone.MembraneSynth({ volume, pitchDecay, octaves, envelope }).toDestination().triggerAttack(hz, 0);
};
const noise = (volume, type, frequency, decay, Q = 0.7, times = [0]) => (Tone) => {
  const filter = new Tone.Filter({ type, frequency, Q, rolloff: -12 }).toDestination();
  for (const time of times) {
    const envelope = { attack: 0.001, decay, sustain: 0, release: 0.01 };
    new Tone.NoiseSynth({ volume, envelope }).connect(filter).triggerAttack(time);
  }
};

/** What each drum is made of, and how long it rings, s. */
const DRUMS = {
  kick: [0.45, skin(48, -1, 0.034, 5.2, 0.34), noise(-22, "highpass", 3500, 0.012)],
  snare: [0.3, skin(180, -11, 0.02, 2, 0.13), noise(-11, "highpass", 1600, 0.17)],
  clap: [0.3, noise(-6, "bandpass", 1500, 0.012, 1.1, [0, 0.011, 0.022]), noise(-8, "bandpass", 1400, 0.17, 0.9, [0.031])],
  rim: [0.1, noise(-10, "bandpass", 2600, 0.03, 3)],
  tom: [0.45, skin(TOM_HZ, -7, 0.06, 2, 0.34)],
  hat: [0.1, noise(-17, "highpass", 8200, 0.045)],
  shaker: [0.12, noise(-20, "bandpass", 6500, 0.06, 1.5)],
  open: [0.4, noise(-18, "highpass", 7400, 0.26)],
  ride: [0.45, noise(-21, "bandpass", 9500, 0.3, 2)],
  crash: [2, noise(-16, "highpass", 4200, 1.7)],
};

/** @returns {Promise<{press: function(number, number, number): import("./pool.js").Handle, output: any, onKick: function(number): void}>} */
export async function kit(Tone) {
  const buffers = {};
  for (const [name, [seconds, ...parts]] of Object.entries(DRUMS)) {
    buffers[name] = await Tone.Offline(() => parts.forEach((part) => part(Tone)), seconds, 1);
  }
  const output = new Tone.Gain(1);
  let strokes = 0;
  const instrument = {
    output,
    onKick: () => undefined,
    press(key, time, velocity) {
      const name = drumOf(key);
      strokes += 1;
      const playbackRate = name === "tom" ? (TOMS_HZ[key] ?? TOM_HZ) / TOM_HZ : name === "kick" ? 1 : ALIVE[strokes % ALIVE.length];
      const stroke = new Tone.ToneBufferSource({ url: buffers[name], playbackRate, onended: () => undefined });
      stroke.connect(output).start(time, 0, undefined, gainOf(velocity));
      if (name === "kick") {
        instrument.onKick(time);
      }
      return { release: () => undefined, cancel: () => stroke.stop(output.context.currentTime) };
    },
  };
  return instrument;
}
