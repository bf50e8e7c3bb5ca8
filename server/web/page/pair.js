/** How a phone comes to this page: the address with its token, as a QR code. */

import { byId, write } from "./dom.js";

const OPEN = "Scan this with a phone on the same network. The code holds the key of this session: show it to nobody else.";
const SHUT = "The server listens to this machine only. Start it with --lan, and a phone on the same network can steer, too.";

/** @param {import("./state.js").Store} store */
export function pairing(store) {
  const dialog = byId("pair-dialog");
  const code = byId("pair-code");
  code.addEventListener("load", () => {
    code.hidden = false;
    write(byId("pair-text"), OPEN);
  });
  code.addEventListener("error", () => {
    code.hidden = true;
    write(byId("pair-text"), SHUT);
  });
  byId("pair").addEventListener("click", () => {
    code.src = `/pair.svg?at=${Math.round(performance.now())}`; // anew: the token may be another one by now
    dialog.showModal();
  });
  store.on("hello", () => dialog.close());
}
