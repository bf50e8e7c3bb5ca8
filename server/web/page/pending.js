/** When things take effect: what waits shows its bar, everything else the grain at which it would. */

import { barOf } from "./timeline.js";
import { TICKS_PER_BAR, TICKS_PER_BEAT } from "./units.js";
import { write } from "./dom.js";

const GRAINS = { now: "now", beat: "next beat", bar: "next bar", phrase: "next phrase", section: "next section" };

/** In words, when a wish takes effect. @param {import("./types.js").Pending} wish */
export function moment(wish) {
  if (wish.tick === null || wish.tick === undefined) {
    return GRAINS[wish.when] ?? wish.when;
  }
  const beat = Math.round((wish.tick % TICKS_PER_BAR) / TICKS_PER_BEAT);
  return beat ? `bar ${barOf(wish.tick)} beat ${beat}` : `bar ${barOf(wish.tick)}`;
}

/** The wish that stands for each path. @param {import("./types.js").Pending[]} pending @returns {Map<string, import("./types.js").Pending>} */
export const byPath = (pending) => new Map(pending.map((wish) => [wish.path, wish]));

export class PendingView {
  /** @param {import("./state.js").Store} store */
  constructor(store) {
    this.store = store;
    ["hello", "pending", "names"].forEach((topic) => store.on(topic, () => this.show()));
  }

  /** Mark every control. */
  show() {
    const wishes = byPath(this.store.pending);
    document.querySelectorAll("[data-when]").forEach((mark) => {
      const wish = wishes.get(mark.dataset.when);
      const grain = this.store.parameter(mark.dataset.when)?.when;
      write(mark, wish ? `→ ${moment(wish)}` : (GRAINS[grain] ?? ""));
      mark.classList.toggle("waits", Boolean(wish));
    });
    document.querySelectorAll("[data-path]").forEach((control) => {
      const wish = wishes.get(control.dataset.path);
      const meant = Boolean(wish) && fits(control.dataset, wish.args);
      control.classList.toggle("pending", meant);
      if (meant) {
        control.dataset.pending = moment(wish);
      } else {
        delete control.dataset.pending;
      }
    });
  }
}

/** A pad waits only where it is the one that was asked for. */
function fits(data, args) {
  const own = data.section ?? data.chord ?? data.scene;
  return own === undefined || own === String(args[0]);
}
