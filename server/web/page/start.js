/**
 * Loads the page: its modules, or all of it anew.
 *
 * Law: a part that did not come (a bad network, a server that had too much to do) leaves no page that is dead for ever.
 */

const AGAIN_MS = 1500;
const SPREAD_MS = 3000; // many pages that were opened at once do not come back at once

/**
 * Load the modules; where one of them, or a style sheet, is missing, load everything anew after a while.
 * @param {function(): Promise<any>} modules @param {function(): boolean} styled whether all style sheets are there
 * @param {function(number): void} again load anew after so many ms @param {function(): number} dice 0..1
 */
export async function start(modules, styled, again, dice) {
  const loaded = await modules().then(() => true, (error) => {
    console.info(String(error));
    return false;
  });
  if (!loaded || !styled()) {
    again(AGAIN_MS + SPREAD_MS * dice());
  }
}

if (globalThis.document) {
  const sheets = [...document.querySelectorAll("link[rel=stylesheet]")];
  const again = (ms) => {
    document.getElementById("link").textContent = "a part of this page did not come: loading it again";
    setTimeout(() => location.reload(), ms);
  };
  start(() => import("./app.js"), () => sheets.every(({ sheet }) => sheet), again, Math.random);
}
