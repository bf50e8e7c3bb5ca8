/**
 * Fingers on faders. Browsers differ: on some a finger moves a fader only by its knob (iOS), on others it moves it as soon
 * as it touches, also where it only begins to scroll (Chromium). Here all are alike.
 *
 * Law: a finger moves the knob to any place of the track and drags it on; one on the knob keeps its grip; a swipe up or
 * down, and a touch that ends one, scroll the page and leave the fader as it was. Mouse and keyboard stay the browser's.
 */

const SLOP_PX = 4; // fingers tremble
const ROLLS_MS = 80; // a page that scrolled so shortly ago still rolls: the touch is to stop it

let rolled = -Infinity;
globalThis.document?.addEventListener("scroll", () => (rolled = performance.now()), { capture: true, passive: true });

/** Where the middle of a knob stands. @param {number} value 0..1 @param {{left: number, width: number}} box @param {number} knob px @returns {number} px */
export const placeOf = (value, { left, width }, knob) => left + knob / 2 + value * (width - knob);

/** Which value a place is, its inverse; the nearest one beside the track. @returns {number} 0..1 */
export const valueAt = (x, { left, width }, knob) => Math.min(1, Math.max(0, (x - left - knob / 2) / (width - knob)));

/** How wide a fader's knob is, px: the style says it in rem. */
function knobOf(input) {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  return parseFloat(getComputedStyle(input).getPropertyValue("--knob-width")) * rem;
}

/** Let fingers move a fader of 0..1. @param {HTMLInputElement} input */
export function fingers(input) {
  let finger = null;
  let kept = null; // what it stands at while it is touched, whatever the browser itself makes of touches
  const follow = (x) => {
    const before = input.value;
    input.value = String(valueAt(x - finger.grip, input.getBoundingClientRect(), finger.knob));
    if (input.value !== before) {
      kept &&= input.value;
      input.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };
  const begin = (event) => {
    if (event.pointerType === "mouse" || finger || performance.now() - rolled < ROLLS_MS) {
      return;
    }
    event.preventDefault(); // no mouse is imitated for it, which would move the knob a second time
    const { pointerId: id, clientX: x, clientY: y } = event;
    const knob = knobOf(input);
    const off = x - placeOf(Number(input.value), input.getBoundingClientRect(), knob);
    finger = { id, x, y, knob, grip: Math.abs(off) <= knob / 2 ? off : 0, drags: false };
  };
  const move = ({ pointerId, clientX: x, clientY: y }) => {
    if (pointerId === finger?.id) {
      finger.drags ||= Math.abs(x - finger.x) > Math.max(SLOP_PX, Math.abs(y - finger.y));
      if (finger.drags) {
        follow(x);
      }
    }
  };
  const end = ({ pointerId, type }) => {
    if (pointerId === finger?.id) {
      if (type === "pointerup" && !finger.drags) {
        follow(finger.x);
      }
      finger = null;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
  };
  const keep = (event) => {
    if (event.isTrusted && kept !== null) {
      input.value = kept;
      event.stopImmediatePropagation();
    }
  };
  input.addEventListener("pointerdown", begin);
  input.addEventListener("pointermove", move);
  ["pointerup", "pointercancel"].forEach((name) => input.addEventListener(name, end));
  input.addEventListener("touchstart", () => (kept = input.value), { passive: true });
  input.addEventListener("touchmove", (event) => finger?.drags && event.cancelable && event.preventDefault(), { passive: false });
  ["touchend", "touchcancel"].forEach((name) => input.addEventListener(name, () => (kept = null)));
  input.addEventListener("input", keep, { capture: true });
}
