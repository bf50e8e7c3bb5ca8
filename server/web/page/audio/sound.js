/** The way to the sound card, as telephones guard it: asked for in a gesture, taken away by a call, asked for again. */

const PATIENCE_S = 8;
const SILENT = `no sound within ${PATIENCE_S} s: is there a sound card, and is it free?`;

/**
 * Make a context; in a gesture of the user. Telephones play it also while their bell is switched off.
 * @param {function(): boolean} wanted whether it shall play: then what was taken away is asked for again
 * @param {function(): void} plays called when it plays again
 * @returns {AudioContext}
 */
export function sound(wanted, plays) {
  if ("audioSession" in navigator) {
    navigator.audioSession.type = "playback";
  }
  const context = new AudioContext({ latencyHint: "balanced" });
  const again = () => {
    if (wanted() && context.state !== "running" && !document.hidden) {
      context.resume().catch(() => {}); // not yet: the next sign of life asks again
    }
  };
  context.addEventListener("statechange", () => (wanted() && context.state === "running" ? plays() : again()));
  ["visibilitychange", "click"].forEach((sign) => document.addEventListener(sign, again));
  return context;
}

/** Let it play. @param {AudioContext} context @returns {Promise<void>} an error says in plain words that it does not */
export function awake(context) {
  return new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error(SILENT)), PATIENCE_S * 1000);
    context.resume().then(done, fail).finally(() => clearTimeout(timer));
  });
}
