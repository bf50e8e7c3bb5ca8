/**
 * The melodic voices: supersaw lead, bass, plucked arp, pad. Each is a pool of synths into a filter that opens with
 * the tension. Figures: by ear, in the manner of the genre (detuned saws, short plucks, slow pads).
 */

import { Pool } from "./pool.js";

const many = (count, make) => Array.from({ length: count }, make);

/** @typedef {{press: function(number, number, number): import("./pool.js").Handle, open: function(number, number): void, output: any}} Instrument */

/** Detuned saws in unison: the sound of the genre. @returns {Instrument} */
export function lead(Tone) {
  const synths = many(3, () => new Tone.Synth({
    volume: -7,
    oscillator: { type: "fatsawtooth", count: 5, spread: 34 }, // cents from the lowest to the highest
    envelope: { attack: 0.006, decay: 0.35, sustain: 0.65, release: 0.18 },
  }));
  return through(Tone, synths, { low: 1800, high: 9000, Q: 0.8 });
}

/** One saw and its filter, tight: it leaves the room for the kick. @returns {Instrument} */
export function bass(Tone) {
  const synths = many(2, () => new Tone.MonoSynth({
    volume: -7,
    oscillator: { type: "sawtooth" },
    filter: { Q: 2, type: "lowpass", rolloff: -24 },
    envelope: { attack: 0.004, decay: 0.18, sustain: 0.55, release: 0.06 },
    filterEnvelope: { attack: 0.002, decay: 0.12, sustain: 0.25, release: 0.06, baseFrequency: 90, octaves: 3.6 },
  }));
  return through(Tone, synths, { low: 900, high: 3200, Q: 0.5 });
}

/** Short and bright, its filter falls at once. @returns {Instrument} */
export function arp(Tone) {
  const synths = many(4, () => new Tone.MonoSynth({
    volume: -5,
    oscillator: { type: "fatsawtooth", count: 2, spread: 16 },
    filter: { Q: 1.5, type: "lowpass", rolloff: -12 },
    envelope: { attack: 0.002, decay: 0.22, sustain: 0.08, release: 0.12 },
    filterEnvelope: { attack: 0.001, decay: 0.14, sustain: 0.1, release: 0.1, baseFrequency: 320, octaves: 4.2 },
  }));
  return through(Tone, synths, { low: 2500, high: 11000, Q: 0.4 });
}

/** Slow and wide. @returns {Instrument} */
export function pad(Tone) {
  const synths = many(8, () => new Tone.Synth({
    volume: -13,
    oscillator: { type: "fatsawtooth", count: 3, spread: 24 },
    envelope: { attack: 0.09, decay: 0.6, sustain: 0.8, release: 0.5 },
  }));
  return through(Tone, synths, { low: 700, high: 4200, Q: 0.3 });
}

/** Behind a low-pass whose corner (Hz) lies between low (tension 0) and high (tension 1). */
function through(Tone, synths, { low, high, Q }) {
  const filter = new Tone.Filter({ type: "lowpass", frequency: low, Q, rolloff: -12 });
  synths.forEach((synth) => synth.connect(filter));
  const pool = new Pool(synths);
  return {
    output: filter,
    press: (pitch, time, velocity) => pool.press(pitch, time, velocity),
    open: (tension, time) => filter.frequency.setTargetAtTime(low * (high / low) ** tension, time, 0.4),
  };
}
