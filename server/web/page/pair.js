/** How a phone comes to this page: the address with its token, as a QR code. */

import { byId, write } from "./dom.js";

const OPEN = "Scan this with a phone on the same network. The code holds the key of this session: show it to nobody else.";
const SHUT = "The server listens to this machine only. Start it with --lan, and a phone on the same network can steer, too.";

/** @param {import("./state.js").Store} store */
export function pairing(store) {
  const dialog = byId("pair-dialog");
  const code = byId("pair-code");
  byId("pair").addEventListener("click", () => {
    const address = store.hello?.address ?? "";
    write(byId("pair-text"), address ? OPEN : SHUT);
    write(byId("pair-address"), address);
    code.hidden = !address;
    if (address) {
      code.src = `/pair.svg?at=${Math.round(performance.now())}`; // anew: the address may be another one by now
    }
    dialog.showModal();
  });
  store.on("hello", () => dialog.close());
}
