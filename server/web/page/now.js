/** Where the music is: bar, beat, section and chord, now and next; readable from two metres. */

import { ahead } from "./bars.js";
import { byId, write } from "./dom.js";
import { barOf } from "./timeline.js";
import { BEATS_PER_BAR, TICKS_PER_BAR, TICKS_PER_BEAT } from "./units.js";

/**
 * What comes next. @param {import("./bars.js").Bars} bars @param {number} tick
 * @param {import("./types.js").Pending[]} [pending] @param {boolean} [held] whether the running bar repeats
 * @returns {{bar: ?import("./types.js").Bar, beat: number, section: string, chord: string}}
 */
export function next(bars, tick, pending = [], held = false) {
  const bar = bars.get(barOf(tick));
  const beat = Math.floor((tick - barOf(tick) * TICKS_PER_BAR) / TICKS_PER_BEAT);
  if (!bar) {
    return { bar: null, beat, section: "", chord: "" };
  }
  const following = bars.get(bar.bar + 1);
  const section = following?.plan.section ?? (held ? "" : bar.plan.upcoming) ?? "";
  const later = [...bar.plan.chords.slice(beat + 1), ...(following?.plan.chords ?? ahead(bar, pending, held))];
  const chord = later.find((name) => name !== bar.plan.chords[beat]) ?? "";
  return { bar, beat, section: section === bar.plan.section ? "" : section, chord };
}

export class Now {
  /** @param {import("./state.js").Store} store @param {import("./moment.js").Moment} moment */
  constructor(store, moment) {
    Object.assign(this, { store, moment });
    this.lights = [...byId("now-beats").children];
  }

  /** Show the present. */
  draw() {
    const playing = this.store.value("playing") === 1;
    const tick = this.moment.tick;
    document.body.dataset.playing = String(playing);
    const held = this.store.value("hold") === 1;
    const { bar, beat, section, chord } = next(this.store.bars, Math.max(0, tick), this.store.pending, held);
    this.lights.forEach((light, place) => light.classList.toggle("on", playing && tick >= 0 && place === beat % BEATS_PER_BAR));
    write(byId("now-bar"), bar || playing ? String(Math.max(0, barOf(tick))) : "–");
    write(byId("now-section"), bar?.plan.section ?? String(this.store.value("section") ?? "–"));
    write(byId("now-place"), bar ? place(bar.plan) : "");
    write(byId("next-section"), this.#nextSection(section, bar));
    write(byId("now-chord"), bar?.plan.chords[beat] ?? "–");
    write(byId("next-chord"), chord ? `→ ${chord}` : "");
    write(byId("now-tempo"), this.store.timeline ? trim(this.store.timeline.bpm) : trim(this.store.value("tempo")));
  }

  /** The section decided, else the one wished for. */
  #nextSection(section, bar) {
    const wish = this.store.value("section");
    const name = section || (bar && wish !== bar.plan.section ? wish : "");
    return name ? `→ ${name}` : "";
  }
}

/** Where in its section a bar is; a section that was asked for goes on after its usual end. */
const place = ({ section_bar: bar, section_bars: bars }) => (bar < bars ? `${bar + 1} of ${bars}` : `${bar + 1}`);
const trim = (bpm) => (typeof bpm === "number" ? String(Math.round(bpm * 10) / 10) : "–");
