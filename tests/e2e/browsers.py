"""Browsers that playwright cannot drive: what they have in common, and the display and sound card they believe in."""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.e2e.osc_peers import program
from tests.e2e.page import PATIENCE_MS, PATIENCE_S

CENTRE = """([selector, along]) => {
    const node = document.querySelector(selector);
    node.scrollIntoView({ block: "center", behavior: "instant" });
    const box = node.getBoundingClientRect();
    return [Math.round(box.x + along * box.width), Math.round(box.y + box.height / 2)];
}"""
UNTIL = """async ([argument, patience]) => {
    const end = performance.now() + patience;
    for (;;) {
        const found = await (FUNCTION)(argument);
        if (found || performance.now() > end) {
            return found ?? null;
        }
        await new Promise((done) => setTimeout(done, 20));
    }
}"""
HALF_A_SECOND = 2 * 2 * 22_050  # bytes of 16 bit, two channels, 44.1 kHz


def hand(x: int, y: int) -> list[dict]:
    """Return the actions, in WebDriver's words, of a mouse that presses and releases at a place."""
    down, up = ({"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp"))
    moves = [{"type": "pointerMove", "x": x, "y": y}, down, up]
    return [{"type": "pointer", "id": "hand", "parameters": {"pointerType": "mouse"}, "actions": moves}]


class Browser:
    """One window of a browser; its children know how to speak with theirs."""

    def go(self, address: str) -> None:
        """Open an address and wait until it is loaded."""
        raise NotImplementedError

    def run(self, function: str, argument: Any) -> Any:
        """Call an async JavaScript function with a JSON value; return what it comes to."""
        raise NotImplementedError

    def press(self, x: int, y: int) -> None:
        """Press and release at a place of the window, px: the browser takes it for a person's."""
        raise NotImplementedError

    def resize(self, width: int, height: int) -> None:
        """Make the window so large, px; as near as this browser comes to it."""
        raise NotImplementedError

    def complaints(self) -> list[str]:
        """Return the errors and warnings of its console, and forget them."""
        raise NotImplementedError

    def evaluate(self, function: str, argument: Any = None) -> Any:
        """Call a JavaScript function in the page."""
        return self.run(f"async (argument) => ({function})(argument)", argument)

    def until(self, function: str, argument: Any = None) -> Any:
        """Wait until a JavaScript function returns what is true; return that."""
        found = self.run(UNTIL.replace("FUNCTION", function), [argument, PATIENCE_MS])
        assert found, f"not within {PATIENCE_S} s: {function}"
        return found

    def touch(self, selector: str, along: float = 0.5) -> None:
        """Press an element, `along` (0..1) its width."""
        self.press(*self.evaluate(CENTRE, [selector, along]))


@contextlib.contextmanager
def display() -> Iterator[dict[str, str]]:
    """Give a screen that nobody sees; yields the environment that names it."""
    command = [program("Xvfb"), "-displayfd", "1", "-screen", "0", "1600x1200x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as screen:
        try:
            yield {"DISPLAY": f":{screen.stdout.readline().strip()}"}
        finally:
            screen.terminate()


class SoundCard:
    """A sound server of our own with a card that plays into nothing, and what comes to it."""

    def __init__(self, folder: Path) -> None:
        socket = folder / "card"
        self.environment = {"PULSE_SERVER": f"unix:{socket}"}
        self._process = subprocess.Popen(
            [program("pulseaudio"), "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1",
             "-L", "module-null-sink", "-L", f"module-native-protocol-unix auth-anonymous=1 socket={socket}"],
            env=os.environ | {"HOME": str(folder), "PULSE_RUNTIME_PATH": str(folder), "XDG_RUNTIME_DIR": str(folder)},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def loudness(self) -> float:
        """Return the greatest sample of the next half second that plays, 0..1."""
        command = ["parec", "--device=@DEFAULT_MONITOR@", "--format=s16le", "--channels=2", "--rate=44100"]
        environment = os.environ | self.environment
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as tape:
            try:
                samples = np.frombuffer(tape.stdout.read(HALF_A_SECOND), np.int16)
            finally:
                tape.kill()
        return np.abs(samples.astype(float)).max() / 2**15

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()


@contextlib.contextmanager
def sound_card() -> Iterator[SoundCard]:
    """Run a sound card for the length of the block."""
    with tempfile.TemporaryDirectory() as folder:
        card = SoundCard(Path(folder))
        try:
            yield card
        finally:
            card.close()
