/** A page of which a part is missing is loaded anew, a whole one is not. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { start } from "../../server/web/page/start.js";

const whole = () => Promise.resolve();
const broken = () => Promise.reject(new TypeError("Failed to fetch dynamically imported module"));

async function waits(modules, styled, dice) {
  const said = [];
  await start(modules, () => styled, (ms) => said.push(ms), () => dice);
  return said;
}

test("a page that is whole stays", async () => {
  assert.deepEqual(await waits(whole, true, 0), []);
});

test("a page that lacks a module or a style sheet comes again, each at another time", async () => {
  const [first] = await waits(broken, true, 0);
  const [last] = await waits(whole, false, 1);
  assert.ok(first >= 1000 && last > first + 1000, `${first} ${last}`);
});
