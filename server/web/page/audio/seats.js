/** The five of the band. */

import { kit } from "./kit.js";
import { arp, bass, lead, pad } from "./strings.js";

/** @param {any} Tone @returns {Promise<Object<string, any>>} the instruments by voice */
export async function seated(Tone) {
  return { lead: lead(Tone), bass: bass(Tone), arp: arp(Tone), pad: pad(Tone), drums: await kit(Tone) };
}
