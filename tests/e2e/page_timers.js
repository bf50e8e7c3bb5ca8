/** Counts how often timers and frames run: `turns(n)`, while the server tells its status so many times. */
let [woken, heard] = [0, () => undefined];
for (const name of ["setTimeout", "setInterval", "requestAnimationFrame"]) {
    const plain = window[name].bind(window);
    window[name] = (call, ...rest) => plain((...args) => { woken += 1; return call(...args); }, ...rest);
}
const Plain = window.WebSocket;
window.WebSocket = class extends Plain {
    constructor(...args) {
        super(...args);
        this.addEventListener("message", ({ data }) => data.startsWith('{"status"') && heard());
    }
};
const status = () => new Promise((done) => (heard = done));
window.turns = async (statuses) => {
    await status();
    const begun = woken;
    for (let count = 0; count < statuses; count += 1) {
        await status();
    }
    return woken - begun;
};
