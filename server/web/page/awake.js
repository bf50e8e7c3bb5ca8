/** The screen stays awake while the band plays: nobody touches a second screen for an hour, and it would go dark. */

export class Awake {
  #lock = null;
  #asks = false;

  /** @param {function(): boolean} wanted whether the screen is to stay awake now */
  constructor(wanted) {
    this.wanted = wanted;
    document.addEventListener("visibilitychange", () => this.look()); // who hides a page takes its lock away
  }

  /** Whether it is held. */
  get held() {
    return this.#lock !== null;
  }

  /** Something has changed: take the lock or give it back. Quiet where there is none, or where the device refuses it. */
  async look() {
    if (this.#asks) {
      return;
    }
    this.#asks = true;
    try {
      while (this.#wants !== this.held) {
        await (this.held ? this.#release() : this.#take());
      }
    } catch {
      // the battery is low, say: asked again when something changes
    }
    this.#asks = false;
  }

  get #wants() {
    return Boolean(navigator.wakeLock) && !document.hidden && this.wanted();
  }

  async #take() {
    const lock = await navigator.wakeLock.request("screen");
    this.#lock = lock.released ? null : lock;
    lock.addEventListener("release", () => {
      if (this.#lock === lock) {
        this.#lock = null; // not asked for again at once: a device that refuses would be asked without end
      }
    });
  }

  async #release() {
    const lock = this.#lock;
    this.#lock = null;
    await lock.release();
  }
}
