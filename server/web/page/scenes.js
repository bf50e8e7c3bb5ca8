/** Scenes that can be recalled. */

import { flash } from "./controls.js";
import { byId, el } from "./dom.js";

/** @param {import("./state.js").Store} store @param {import("./desk.js").Desk} desk */
export function scenes(store, desk) {
  const host = byId("scenes");
  const build = () => {
    const names = store.names.scenes;
    if (host.dataset.names !== JSON.stringify(names)) {
      host.dataset.names = JSON.stringify(names);
      const none = el("span", { class: "hint", text: "none stored yet" });
      host.replaceChildren(...(names.length ? names.map((name) => pad(name, desk)) : [none]));
    }
  };
  store.on("hello", build);
  store.on("names", build);
  byId("scene-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const entry = byId("scene-name");
    if (entry.value.trim() && (await desk.do("scene/save", [entry.value.trim()])).ok) {
      entry.value = "";
    }
  });
}

function pad(name, desk) {
  const button = el("button", {
    type: "button",
    class: "pad",
    title: name,
    data: { path: "scene", scene: name },
    on: {
      click: () => {
        flash(button);
        desk.do("scene", [name]);
      },
    },
  }, el("span", { class: "two-lines", dir: "auto", text: name }));
  return button;
}
