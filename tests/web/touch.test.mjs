/** Fingers on faders, keys on keyboards. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { named } from "../../server/web/page/keys.js";
import { placeOf, valueAt } from "../../server/web/page/touch.js";
import { dice } from "./dice.mjs";

test("a place on the track and its value, and nothing beside it", () => {
  const roll = dice(3);
  for (let turn = 0; turn < 200; turn += 1) {
    const [box, knob, value] = [{ left: roll() * 300, width: 60 + roll() * 800 }, 10 + roll() * 30, roll()];
    assert.ok(Math.abs(valueAt(placeOf(value, box, knob), box, knob) - value) < 1e-9);
    assert.deepEqual([valueAt(box.left - 9, box, knob), valueAt(box.left + box.width + 9, box, knob)], [0, 1]);
  }
});

test("a key is what its place says where the layout has something else there", () => {
  const key = (key, code, shiftKey = false) => named({ key, code, shiftKey });
  assert.deepEqual([key("é", "Digit2"), key("&", "Digit1"), key("2", "Digit2", true)], ["2", "1", "2"]); // AZERTY
  assert.deepEqual([key("р", "KeyH"), key("Р", "KeyH", true), key("ש", "KeyA")], ["h", "h", "a"]); // other alphabets
  assert.deepEqual([key("a", "KeyQ"), key("H", "KeyH", true), key("5", "Numpad5")], ["a", "h", "5"]); // what stands on it
  assert.deepEqual([key("?", "Minus", true), key("!", "Digit1", true), key("ß", "Minus")], ["?", "!", "ß"]);
  assert.deepEqual([key("Escape", "Escape"), key(" ", "Space"), named({})], ["escape", " ", ""]);
});
