/** Tempo as a value: a straight line between ticks and seconds of the server's monotonic clock, and its inverse. */

import { TICKS_PER_BAR, TICKS_PER_BEAT } from "./units.js";

/** @param {import("./types.js").Timeline} line @returns {number} seconds one tick lasts */
export const secondsPerTick = (line) => 60 / (line.bpm * TICKS_PER_BEAT);

/** @param {import("./types.js").Timeline} line @param {number} tick @returns {number} when it sounds, s */
export const timeOf = (line, tick) => line.time0 + (tick - line.tick0) * secondsPerTick(line);

/** @param {import("./types.js").Timeline} line @param {number} time s @returns {number} the tick sounding then */
export const tickOf = (line, time) => line.tick0 + (time - line.time0) / secondsPerTick(line);

/** @param {number} tick @returns {number} the bar line at or after it */
export const lineAfter = (tick) => Math.ceil(Math.max(0, tick) / TICKS_PER_BAR) * TICKS_PER_BAR;

/** @param {number} tick @returns {number} the bar it lies in */
export const barOf = (tick) => Math.floor(tick / TICKS_PER_BAR);
