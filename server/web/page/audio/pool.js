/** A pool of one kind of synth: as many notes at once as it has, the oldest gives way. */

const SOON_S = 0.004; // a note that gives way ends so long before the next one begins

/** @param {number} pitch MIDI @returns {number} Hz */
export const hertz = (pitch) => 440 * 2 ** ((pitch - 69) / 12);

/** How loud a velocity is: a square makes 64 a quarter of 127, as most instruments do. @param {number} velocity 0..127 */
export const gainOf = (velocity) => (velocity / 127) ** 2;

/** @typedef {{release: function(number): void, cancel: function(): void}} Handle */

export class Pool {
  /** @param {any[]} synths Tone synths with triggerAttack, triggerRelease and envelope(s) */
  constructor(synths) {
    this.seats = synths.map((synth) => ({ synth, free: 0, owner: 0 }));
    this.owners = 0;
  }

  /** @param {number} pitch @param {number} time of the context, s @param {number} velocity 0..127 @returns {Handle} */
  press(pitch, time, velocity) {
    const seat = this.seats.reduce((a, b) => (b.free < a.free ? b : a));
    const { synth } = seat;
    if (seat.free > time) {
      seat.free = end(synth, time - SOON_S);
    }
    const before = seat.free; // until then another note rings here, and a synth's events have to come in order
    this.owners += 1;
    const owner = this.owners;
    [seat.owner, seat.free] = [owner, Infinity];
    synth.triggerAttack(hertz(pitch), Math.max(time, before), gainOf(velocity));
    return {
      release: (at) => {
        if (seat.owner === owner) {
          const off = Math.max(at, time + SOON_S);
          synth.triggerRelease(off);
          seat.free = off + synth.envelope.release;
        }
      },
      cancel: () => {
        if (seat.owner === owner) {
          [seat.owner, seat.free] = [0, end(synth, before)];
        }
      },
    };
  }
}

/** Silence a synth from a time on, whatever it was to do. @returns {number} from when on it is free */
function end(synth, time) {
  const at = Math.max(time, synth.context.currentTime);
  for (const envelope of [synth.envelope, synth.filterEnvelope]) {
    envelope?.cancel(at);
  }
  synth.envelope.triggerRelease(at);
  synth.oscillator.stop(at);
  return at;
}
