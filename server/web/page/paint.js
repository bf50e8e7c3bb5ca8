/** Colours and measures of the canvases: read from the style sheet, so that it is the one place for them. */

import { VOICES } from "./units.js";

/** @returns {{unit: number, font: string, voice: Object<string, string>, [name: string]: any}} unit: 1 rem in px */
export function palette() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const names = ["ink", "dim", "faint", "grid", "line", "understudy", "pending", "panel", "tension", "well"];
  return {
    unit: Number.parseFloat(style.fontSize),
    font: colour("font") || "sans-serif",
    voice: Object.fromEntries(VOICES.map((voice) => [voice, colour(voice)])),
    ...Object.fromEntries(names.map((name) => [name, colour(name)])),
  };
}
