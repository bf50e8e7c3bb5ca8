/** One strip per voice: who plays it and how long he needed, how loud it is, and all that can be wished of it. */

import { bind, fill } from "./controls.js";
import { byId, el, write } from "./dom.js";
import { barOf } from "./timeline.js";
import { TICKS_PER_BAR } from "./units.js";

const DECAY_TICKS = 700; // of the meter
const LINE_UP = "as configured";

/** How loud a voice sounds, 0..1: its notes' velocities, decaying. @param {?import("./types.js").Bar} bar @param {number} tick in the bar */
export function loudness(bar, voice, tick) {
  let level = 0;
  for (const [onset, duration, , velocity] of bar?.notes[voice] ?? []) {
    if (onset <= tick) {
      const rings = tick < onset + duration;
      const decay = Math.exp(-(tick - onset) / DECAY_TICKS);
      level = Math.max(level, (velocity / 127) * (rings && voice !== "drums" ? 0.35 + 0.65 * decay : decay));
    }
  }
  return level;
}

export class Voices {
  /** @type {Map<string, Object<string, HTMLElement>>} */
  #strips = new Map();

  /**
   * @param {import("./state.js").Store} store @param {import("./desk.js").Desk} desk
   * @param {import("./moment.js").Moment} moment
   */
  constructor(store, desk, moment) {
    Object.assign(this, { store, desk, moment });
    store.on("hello", () => this.#build());
    ["hello", "names", "state"].forEach((topic) => store.on(topic, () => this.#experts()));
    ["hello", "bar", "beat", "status", "tell"].forEach((topic) => store.on(topic, () => this.#players()));
  }

  /** Show how loud each voice is now. */
  draw() {
    const tick = this.moment.tick;
    const bar = this.store.bars.get(barOf(tick));
    const moves = this.moment.moves && tick >= 0;
    for (const [voice, { meter }] of this.#strips) {
      const level = moves && this.store.open[voice] ? loudness(bar, voice, tick - barOf(tick) * TICKS_PER_BAR) : 0;
      const shown = `translateX(${Math.round(100 * level) - 100}%)`;
      if (meter.style.transform !== shown) {
        meter.style.transform = shown;
      }
    }
  }

  #build() {
    if (this.#strips.size) {
      return;
    }
    for (const voice of this.store.voices) {
      const strip = this.#strip(voice);
      this.#strips.set(voice, strip);
      byId("voices").append(strip.root);
      bind(strip.root, this.store, this.desk);
    }
  }

  #strip(voice) {
    const path = (name) => `voice/${voice}/${name}`;
    const meter = el("i");
    const player = el("p", { class: "player", id: `${voice}-player` });
    const reason = el("p", { class: "reason", id: `${voice}-reason`, role: "status", "aria-live": "polite" });
    const used = el("i", { class: "used", "aria-hidden": "true" });
    const spent = el("p", { class: "spent", id: `${voice}-ms` });
    const expert = el("select", { id: `${voice}-expert`, data: { path: path("expert"), voice }, "aria-label": `expert of ${voice}` });
    const version = el("select", { id: `${voice}-version`, data: { voice }, "aria-label": `version of the expert of ${voice}` });
    expert.addEventListener("change", () => this.desk.do(path("expert"), [expert.value]));
    version.addEventListener("change", () => this.desk.do(path("expert"), [expert.value, ...(version.value ? [version.value] : [])]));
    const when = (name) => el("span", { class: "when", data: { when: path(name) } });
    const toggle = (name, text) =>
      el("button", { type: "button", id: `${voice}-${name}`, class: name, "aria-pressed": "false", "aria-label": `${text} ${voice}`, data: { toggle: path(name), voice } },
        text, when(name));
    const fader = (name, text) => {
      const id = `${voice}-${name}`;
      const input = el("input", { type: "range", min: 0, max: 1, step: 0.01, id, "aria-label": `${text} of ${voice}`, data: { path: path(name), voice } });
      return el("div", { class: "fader" }, el("label", { for: id, text }), when(name), el("output", { for: id, "aria-live": "off" }), input);
    };
    const root = el("article", { class: "voice", data: { strip: voice }, "aria-label": voice },
      el("header", {}, el("h3", { text: voice }), el("span", { class: "meter", "aria-hidden": "true" }, meter)),
      el("div", { class: "row switches" }, toggle("mute", "Mute"), toggle("solo", "Solo")),
      fader("level", "Level"), fader("density", "Density"),
      el("div", { class: "playing" }, player, el("div", { class: "budget" }, used), spent, reason),
      el("div", { class: "experts" }, expert, version, when("expert")));
    return { root, meter, player, reason, used, spent, expert, version };
  }

  #experts() {
    for (const [voice, { expert, version }] of this.#strips) {
      const names = this.store.names.experts[voice] ?? {};
      const [name = "", chosen = ""] = this.store.state[`voice/${voice}/expert`] ?? [];
      fill(expert, [...(name ? [] : [["", LINE_UP]]), ...Object.keys(names).map((known) => [known, known])]);
      expert.value = String(name);
      fill(version, [["", "in use"], ...(names[name] ?? []).map((known) => [known, known])]);
      version.value = String(chosen);
      version.disabled = !name || (names[name] ?? []).length === 0;
    }
  }

  /** Who plays the bar that sounds, and how much of the headroom he needed. */
  #players() {
    const sounding = this.store.bars.get(barOf(Math.max(0, this.moment.tick))) ?? this.store.bars.all().at(-1);
    const headroom = Number(this.store.status.headroom_ms) || 0;
    for (const [voice, strip] of this.#strips) {
      const player = sounding?.players?.[voice];
      const notes = sounding?.notes[voice]?.length ?? 0;
      const rests = Boolean(sounding) && !(notes || player);
      const nobody = rests ? "rests" : notes ? "the same again" : "–";
      strip.root.classList.toggle("stepped-in", Boolean(player?.reason));
      strip.root.classList.toggle("silenced", !this.store.open[voice]);
      strip.root.classList.toggle("rests", rests);
      strip.root.dataset.expert = player?.expert ?? "";
      write(strip.player, player ? `${player.expert}${player.version ? ` ${player.version}` : ""}` : nobody);
      strip.reason.title = player?.reason ?? "";
      write(strip.reason, player?.reason ? `understudy: ${player.reason}` : "");
      write(strip.spent, player ? `${player.ms.toFixed(1)} ms${headroom ? ` of ${headroom.toFixed(0)}` : ""}` : "");
      strip.used.style.setProperty("--used", headroom && player ? Math.min(1, player.ms / headroom).toFixed(3) : "0");
    }
  }
}

