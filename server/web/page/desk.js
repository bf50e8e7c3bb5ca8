/** The desk of the page: every wish goes out here, and every refusal is said here in plain words. */

import { byId, el } from "./dom.js";

const SAID_MS = 7000;
const MOST = 3;
export const WHENLESS = new Set(["panic", "scene/save"]); // panic is at once, and a name is a name

export class Desk {
  /** @param {import("./socket.js").Line} line */
  constructor(line) {
    this.line = line;
    this.host = byId("errors");
    this.whenChoice = byId("when");
  }

  /**
   * Send a wish. @param {string} path @param {Array<string|number>} [args]
   * @param {{sweep?: boolean, quiet?: boolean}} [how] sweep: one of many moves of a fader; quiet: the caller shows refusals
   */
  async do(path, args = [], { sweep = false, quiet = false } = {}) {
    const when = WHENLESS.has(path) ? "" : this.whenChoice.value;
    const reply = await this.line.do(path, when ? [...args, when] : args, sweep ? { sweep } : {});
    if (!reply.ok && !quiet) {
      this.say(`${path}: ${reply.reason ?? "refused"}`);
    }
    return reply;
  }

  /** Say an error for some seconds. @param {string} text */
  say(text) {
    const line = el("p", { class: "error", text });
    this.host.append(line);
    while (this.host.children.length > MOST) {
      this.host.firstChild.remove();
    }
    setTimeout(() => line.remove(), SAID_MS);
  }
}
