/** The mixing desk: the kick ducks the others, echoes and a hall, and a limiter at the end. */

const DUCK = 0.28; // what is left of the others under the kick
const DUCK_S = 0.006; // down so fast that the kick's first wave is free
const HOLD_S = 0.07;
const BACK_S = 0.075; // time constant: they are back well before the next off-beat at 140 bpm
const HALL_S = 2.4;

/**
 * @param {any} Tone @param {Object<string, {output: any}>} instruments by voice
 * @returns {{duck: function(number): void, volume: function(number): void, tempo: function(number): void, output: any}}
 */
export function mix(Tone, instruments) {
  const limiter = new Tone.Limiter(-3).toDestination();
  const master = new Tone.Gain(0.8).connect(limiter);
  const ducked = new Tone.Gain(1).connect(master);
  const hall = new Tone.Reverb({ decay: HALL_S, preDelay: 0.02, wet: 1 }).connect(ducked);
  const echo = new Tone.FeedbackDelay({ delayTime: 0.326, feedback: 0.34, wet: 1, maxDelay: 3 }).connect(ducked);
  const send = (from, to, amount) => {
    const gain = new Tone.Gain(amount).connect(to);
    from.connect(gain);
  };
  for (const [voice, instrument] of Object.entries(instruments)) {
    instrument.output.connect(voice === "drums" ? master : ducked);
  }
  send(instruments.lead.output, hall, 0.22);
  send(instruments.lead.output, echo, 0.24);
  send(instruments.arp.output, echo, 0.3);
  send(instruments.arp.output, hall, 0.16);
  send(instruments.pad.output, hall, 0.35);
  send(instruments.drums.output, hall, 0.035);
  return {
    output: limiter,
    duck(time) {
      ducked.gain.setTargetAtTime(DUCK, time, DUCK_S);
      ducked.gain.setTargetAtTime(1, time + HOLD_S, BACK_S);
    },
    volume: (value) => master.gain.setTargetAtTime(value ** 2 * 1.5, Tone.getContext().currentTime, 0.03),
    tempo: (bpm) => echo.delayTime.setTargetAtTime(Math.min(2.9, (0.75 * 60) / bpm), Tone.getContext().currentTime, 0.1),
  };
}
