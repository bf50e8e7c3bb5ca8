/**
 * The drum kit, synthesised: General MIDI keys to kick, snare, clap, rim, hats, shaker, ride, crash and toms.
 * A drum rings out by itself; release means nothing to it.
 */

import { gainOf } from "./pool.js";

const KEYS = new Map([
  [35, "kick"], [36, "kick"], [37, "rim"], [38, "snare"], [40, "snare"], [39, "clap"],
  [42, "hat"], [44, "hat"], [54, "shaker"], [70, "shaker"], [46, "open"], [51, "ride"], [53, "ride"], [59, "ride"],
  [49, "crash"], [57, "crash"], [52, "crash"], [55, "crash"],
  [41, "tom"], [43, "tom"], [45, "tom"], [47, "tom"], [48, "tom"], [50, "tom"],
]);
const TOM_HZ = { 41: 75, 43: 88, 45: 100, 47: 125, 48: 145, 50: 170 };
const GAP_S = 0.001; // between two starts of one source: Tone wants them apart

/** @param {number} key @returns {string} the drum that plays it */
export const drumOf = (key) => KEYS.get(key) ?? "hat";

/** @returns {{press: function(number, number, number): import("./pool.js").Handle, output: any, onKick: function(number): void}} */
export function kit(Tone) {
  const output = new Tone.Gain(1);
  const drums = build(Tone, output);
  const last = new Map();
  const instrument = {
    output,
    onKick: () => undefined,
    press(key, time, velocity) {
      const name = drumOf(key);
      const at = Math.max(time, (last.get(name) ?? 0) + GAP_S);
      last.set(name, at);
      const cancel = drums[name](key, at, gainOf(velocity));
      if (name === "kick") {
        instrument.onKick(at);
      }
      return { release: () => undefined, cancel };
    },
  };
  return instrument;
}

function build(Tone, output) {
  const skin = (options) => new Tone.MembraneSynth(options).connect(output);
  const kick = skin({ volume: -3, pitchDecay: 0.035, octaves: 5.2, envelope: { attack: 0.001, decay: 0.32, sustain: 0, release: 0.05 } });
  const click = noise(Tone, output, { volume: -24, type: "highpass", frequency: 3500, decay: 0.012 });
  const body = skin({ volume: -14, pitchDecay: 0.02, octaves: 2, envelope: { attack: 0.001, decay: 0.13, sustain: 0, release: 0.05 } });
  const wires = noise(Tone, output, { volume: -13, type: "highpass", frequency: 1600, decay: 0.17 });
  const toms = [0, 1, 2].map(() => skin({ volume: -9, pitchDecay: 0.06, octaves: 2, envelope: { attack: 0.001, decay: 0.34, sustain: 0, release: 0.1 } }));
  const clap = noise(Tone, output, { volume: -9, type: "bandpass", frequency: 1500, decay: 0.16, Q: 1.1 });
  const rim = noise(Tone, output, { volume: -12, type: "bandpass", frequency: 2600, decay: 0.03, Q: 3 });
  const hat = noise(Tone, output, { volume: -19, type: "highpass", frequency: 8200, decay: 0.045 });
  const shaker = noise(Tone, output, { volume: -22, type: "bandpass", frequency: 6500, decay: 0.06, Q: 1.5 });
  const open = noise(Tone, output, { volume: -20, type: "highpass", frequency: 7400, decay: 0.26 });
  const ride = noise(Tone, output, { volume: -23, type: "bandpass", frequency: 9500, decay: 0.3, Q: 2 });
  const crash = noise(Tone, output, { volume: -18, type: "highpass", frequency: 4200, decay: 1.7 });
  let turn = 0;
  return {
    kick: (_key, at, gain) => both(hit(kick, 49, at, gain), click(at, gain)),
    snare: (_key, at, gain) => both(hit(body, 185, at, gain), wires(at, gain)),
    tom: (key, at, gain) => hit(toms[(turn += 1) % toms.length], TOM_HZ[key] ?? 110, at, gain),
    clap: (_key, at, gain) => clap(at, gain),
    rim: (_key, at, gain) => rim(at, gain),
    hat: (_key, at, gain) => hat(at, gain),
    shaker: (_key, at, gain) => shaker(at, gain),
    open: (_key, at, gain) => open(at, gain),
    ride: (_key, at, gain) => ride(at, gain),
    crash: (_key, at, gain) => crash(at, gain),
  };
}

const both = (a, b) => () => {
  a();
  b();
};

/** Strike a skin; returns what takes it back. */
function hit(synth, frequency, at, gain) {
  synth.triggerAttack(frequency, at, gain);
  return () => {
    synth.envelope.cancel(at);
    synth.oscillator.stop(Math.max(synth.context.currentTime, at - GAP_S));
  };
}

/** A burst of noise through a filter. @returns {function(number, number): function(): void} */
function noise(Tone, output, { volume, type, frequency, decay, Q = 0.7 }) {
  const filter = new Tone.Filter({ type, frequency, Q, rolloff: -12 }).connect(output);
  const synth = new Tone.NoiseSynth({ volume, noise: { type: "white" }, envelope: { attack: 0.001, decay, sustain: 0, release: 0.02 } });
  synth.connect(filter);
  return (at, gain) => {
    synth.triggerAttack(at, gain);
    return () => {
      synth.envelope.cancel(at);
      synth.noise.stop(Math.max(synth.context.currentTime, at - GAP_S));
    };
  };
}
