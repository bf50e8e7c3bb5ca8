/** Musical time is integer ticks, as on the server; seconds appear only at the wire. */

export const TICKS_PER_BEAT = 480;
export const BEATS_PER_BAR = 4;
export const TICKS_PER_STEP = TICKS_PER_BEAT / 4;
export const TICKS_PER_BAR = TICKS_PER_BEAT * BEATS_PER_BAR;
export const VOICES = Object.freeze(["lead", "bass", "arp", "pad", "drums"]);
