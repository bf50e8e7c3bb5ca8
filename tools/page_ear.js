/** An ear at the page's way out: an analyser, and a recorder that finds strokes by the sample. Runs before the page. */

(() => {
  const connect = AudioNode.prototype.connect;
  const strokes = [];
  let analyser = null;
  let heard = null;
  let ready = null;

  async function listen(node) {
    const { context } = node;
    analyser = new AnalyserNode(context, { fftSize: 2048 });
    connect.call(node, analyser);
    await context.audioWorklet.addModule(URL.createObjectURL(new Blob([window.earWorklet], { type: "text/javascript" })));
    const recorder = new AudioWorkletNode(context, "ear", { numberOfOutputs: 0 });
    recorder.port.onmessage = ({ data }) => strokes.push(data);
    connect.call(node, recorder);
    return true;
  }

  AudioNode.prototype.connect = function connected(to, ...more) {
    const result = connect.call(this, to, ...more);
    const { context } = this;
    if (to instanceof AudioDestinationNode && context instanceof AudioContext && context !== heard) {
      heard = context; // a synth library may make one, throw it away, and make another
      ready = listen(this);
      ready.catch(() => {});
    }
    return result;
  };

  window.ear = Object.freeze({
    /** When what sounds grew louder at once, s of the AudioContext, in order. */
    strokes: () => strokes.slice(),
    /** Whether the recorder runs. */
    ready: () => ready,
    /** Greatest of the analyser's last samples, 0..1. */
    level() {
      const samples = new Float32Array(analyser?.fftSize ?? 1);
      analyser?.getFloatTimeDomainData(samples);
      return Math.max(...samples.map(Math.abs));
    },
  });
})();
