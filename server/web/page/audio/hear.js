/** The switch that plays the band here, and what tests may know of it. */

import { paintFader } from "../controls.js";
import { byId, write } from "../dom.js";
import { fingers } from "../touch.js";
import { Band } from "./band.js";

const SHOW_MS = 500;

/** Whether no MIDI port is open, so that the band is heard here or nowhere. @param {string} ports as the status tells them */
export function unheard(ports) {
  const states = ports.split(" ").filter(Boolean);
  return states.length > 0 && !states.some((port) => port.endsWith("=open") && !port.startsWith("recorder:"));
}

/**
 * @param {import("../state.js").Store} store @param {import("../clock.js").ServerClock} clock
 * @param {import("../moment.js").Moment} moment @param {function(string): void} say
 * @returns {Band}
 */
export function hear(store, clock, moment, say) {
  const band = new Band(store, clock, say);
  const button = byId("hear");
  const volume = byId("hear-volume");
  const fader = () => {
    paintFader(volume, volume.parentElement.querySelector("output"));
    band.volume(Number(volume.value));
  };
  volume.addEventListener("input", fader);
  fingers(volume);
  fader();
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await (band.on ? band.stop() : band.start());
      fader();
    } catch (error) {
      say(`this browser cannot play: ${error.message}`);
    }
    button.disabled = false;
    button.setAttribute("aria-pressed", String(band.on));
    show();
  });
  const show = () => {
    moment.delay = band.on ? band.delay : 0;
    const plays = `plays ${Math.round(band.delay * 1000)} ms after the band`;
    write(byId("hear-state"), band.silenced ? "this device took the sound away: touch the page" : band.on ? plays : "off");
  };
  setInterval(show, SHOW_MS);
  store.on("status", ({ ports }) => button.classList.toggle("invites", unheard(String(ports ?? ""))));
  return band;
}

/** What tests read: onsets planned and handed to the audio thread (s of its clock), and their errors (ms). */
export const report = (band) =>
  Object.freeze({
    get on() {
      return band.on;
    },
    get delay() {
      return band.delay;
    },
    get context() {
      return band.context ?? null;
    },
    onsets: () => band.onsets.map((onset) => ({ ...onset })),
    errors: () => band.onsets.map(({ planned, scheduled }) => (scheduled - planned) * 1000),
  });
