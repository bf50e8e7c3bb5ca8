/** What was played as a file: fetched here, so that a refusal is said in plain words and not as a broken file. */

import { byId, el } from "./dom.js";

const MOST_BARS = 4096;
const SAVED_MS = 60_000; // browsers take the file over within moments, some ask the user first

/** @param {import("./desk.js").Desk} desk */
export function record(desk) {
  const [bars, last] = [byId("record-bars"), byId("record-last")];
  bars.addEventListener("input", () => {
    const count = Math.min(MOST_BARS, Math.max(1, Math.round(Number(bars.value)) || 1));
    last.href = `/show.mid?bars=${count}`;
  });
  [last, byId("record-all")].forEach((link) =>
    link.addEventListener("click", (event) => {
      event.preventDefault();
      save(link.href).then(
        (note) => note && desk.say(`record: ${note}`), (error) => desk.say(`record: ${error.message}`),
      );
    }));
}

/** @param {string} address @returns {Promise<?string>} what is missing in the file, in plain words */
async function save(address) {
  const answer = await fetch(address).catch(() => {
    throw new Error("the server does not answer");
  });
  if (!answer.ok) {
    throw new Error(await answer.text());
  }
  const href = URL.createObjectURL(await answer.blob());
  el("a", { href, download: named(answer.headers.get("Content-Disposition")) }).click();
  setTimeout(() => URL.revokeObjectURL(href), SAVED_MS);
  return answer.headers.get("Melody-Note");
}

/** @param {?string} disposition the header @returns {string} the name of the file in it */
export const named = (disposition) => /filename="([^"]+)"/.exec(disposition ?? "")?.[1] ?? "show.mid";
