/**
 * The values of the page, as the server sends them. Ticks: 480 a beat, 1920 a bar. Times: seconds.
 *
 * @typedef {{bpm: number, tick0: number, time0: number}} Timeline  straight line through (tick0, time0)
 * @typedef {[onset: number, duration: number, pitch: number, velocity: number]} Note  ticks from the bar line
 * @typedef {{section: string, section_bar: number, section_bars: number, upcoming: ?string, tension: number[],
 *   energy: number, key: string, chords: string[], next_chord: string, tempo: number}} Plan
 * @typedef {{expert: string, version: string, ms: number, reason: string}} Player  reason: "" unless the understudy stepped in
 * @typedef {{bar: number, tick: number, start: number, hush: string[], notes: Object<string, Note[]>, plan: Plan,
 *   players: Object<string, Player>, ms: number}} Bar  start > 0: replaces what stands from there on
 * @typedef {{path: string, args: Array<string|number>, when: string, tick: ?number}} Pending
 * @typedef {{type: string, [field: string]: any}} Told  Start Stop GoOn Retime Gate Panic
 * @typedef {{kind: string, text: string, bar: ?number}} Line  of the log
 * @typedef {{name: string, type: "f"|"i"|"s", low: ?number, high: ?number, optional: boolean, many: boolean, names: string}} Argument
 * @typedef {{path: string, about: string, kind: string, when: string, toggle: boolean, arguments: Argument[]}} Parameter
 * @typedef {{sections: string[], genres: string[], scenes: string[], experts: Object<string, Object<string, string[]>>,
 *   key_chords: string[]}} Names
 * @typedef {string|number} Value
 */

export {};
