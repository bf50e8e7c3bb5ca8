/** Finds strokes: samples at which the signal is suddenly several times as loud as it was just before. */

const QUICK_S = 0.0005;
const SLOW_S = 0.02;
const TIMES = 3;
const FLOOR = 0.02;
const DEAF_S = 0.05; // after a stroke: nothing of ours repeats faster

class Ear extends AudioWorkletProcessor {
  #quick = 0;
  #slow = 0;
  #deafUntil = 0;

  process([input]) {
    const channels = input.length;
    const length = input[0]?.length ?? 0;
    for (let at = 0; at < length; at += 1) {
      let loud = 0;
      for (let channel = 0; channel < channels; channel += 1) {
        loud = Math.max(loud, Math.abs(input[channel][at]));
      }
      this.#quick = Math.max(loud, this.#quick * (1 - 1 / (QUICK_S * sampleRate)));
      const time = (currentFrame + at) / sampleRate;
      if (time >= this.#deafUntil && this.#quick > FLOOR && this.#quick > TIMES * this.#slow) {
        this.#deafUntil = time + DEAF_S;
        this.port.postMessage(time);
      }
      this.#slow += (this.#quick - this.#slow) / (SLOW_S * sampleRate);
    }
    return true;
  }
}

registerProcessor("ear", Ear);
