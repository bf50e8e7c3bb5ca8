"""The real programs that the end-to-end tests talk to: installed on Debian as root, named elsewhere.

Runs before anything is installed, so it needs only Python: `python3 tools/peers.py [--check]`.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

SOUNDFONT = Path("/usr/share/sounds/sf2/TimGM6mb.sf2")


ROUNDS = 2
LATER = "jack-example-tools"
"""Holds what older jackd2 packages hold themselves: asked for only where it is still missing after them."""


class Peer(NamedTuple):
    """A program (or file) by what proves it is here, its Debian package, and how others get it."""

    proof: str
    package: str
    elsewhere: str
    use: str


PEERS = (
    Peer("jackd", "jackd2", "brew install jack", "JACK server, the ruler of our timing"),
    Peer("jack_connect", LATER, "brew install jack", "connects JACK ports"),
    Peer("pd", "puredata-core", "brew install --cask pd", "Pure Data, sends and receives OSC"),
    Peer("oscsend", "liblo-tools", "brew install liblo", "sends OSC"),
    Peer("oscdump", "liblo-tools", "brew install liblo", "prints OSC"),
    Peer("mosquitto", "mosquitto", "brew install mosquitto", "MQTT broker"),
    Peer("mosquitto_pub", "mosquitto-clients", "brew install mosquitto", "publishes over MQTT"),
    Peer("fluidsynth", "fluidsynth", "brew install fluid-synth", "turns our ports into audio"),
    Peer(str(SOUNDFONT), "timgm6mb-soundfont", f"put any General MIDI soundfont at {SOUNDFONT}", "its sounds"),
    Peer("node", "nodejs", "brew install node", "runs an OSCQuery client that we did not write"),
    Peer("npm", "npm", "brew install node", "gets it"),
    Peer("chromium", "chromium", "brew install --cask chromium", "a browser, looks at the page"),
    Peer("firefox", "firefox-esr", "brew install --cask firefox", "another one"),
    Peer("WebKitWebDriver", "webkit2gtk-driver", "Linux has it (macOS has it as Safari)", "WebKit, as iPhones have it"),
    Peer("Xvfb", "xvfb", "brew install --cask xquartz", "the display that it draws on"),
    Peer("pulseaudio", "pulseaudio", "brew install pulseaudio", "the sound card that both play on"),
    Peer("parec", "pulseaudio-utils", "brew install pulseaudio", "hears what comes to it"),
    Peer("stress-ng", "stress-ng", "brew install stress-ng", "loads the processor"),
    Peer("python:ensurepip", "python3-venv", "a complete Python 3.11 or newer", "makes virtual environments"),
)


def here(peer: Peer) -> bool:
    """Whether the peer is on this machine."""
    if peer.proof.startswith("python:"):
        return find_spec(peer.proof.removeprefix("python:")) is not None
    if peer.proof.startswith("/"):
        return Path(peer.proof).exists()
    daemons = os.pathsep + "/usr/sbin"  # where Debian keeps mosquitto, and users have no path to
    return shutil.which(peer.proof, path=os.environ.get("PATH", os.defpath) + daemons) is not None


def missing(peers: Iterable[Peer] = PEERS) -> list[Peer]:
    """Return the peers that are not here."""
    return [peer for peer in peers if not here(peer)]


def can_install() -> bool:
    """Whether we may install packages ourselves: root on Debian or its children."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def packages(lacking: Iterable[Peer]) -> list[str]:
    """Return the Debian packages to ask for first."""
    names = {peer.package for peer in lacking}
    return sorted(names - {LATER} or names)


def commands(lacking: Iterable[Peer]) -> list[list[str]]:
    """Return the commands that install the Debian packages of the missing peers."""
    get = ["apt-get", "-o", "DPkg::Lock::Timeout=300", "-q", "-y"]
    return [[*get, "update"], [*get, "install", "--no-install-recommends", *packages(lacking)]]


def install(lacking: Iterable[Peer]) -> None:
    """Install them without a question: jackd2 would ask about real-time priority."""
    if shutil.which("debconf-set-selections"):
        answer = "jackd2 jackd/tweak_rt_limits boolean false\n"
        subprocess.run(["debconf-set-selections"], input=answer, text=True, check=True)
    for command in commands(lacking):
        print("+", " ".join(command), flush=True)
        subprocess.run(command, check=True, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


def advice(lacking: Iterable[Peer]) -> str:
    """Say what is missing and how to get it."""
    lacking = list(lacking)
    lines = [f"  {p.proof:<38} {p.use}; Debian: {p.package}; elsewhere: {p.elsewhere}" for p in lacking]
    return "\n".join(
        ["The tests need programs that are not here:", *lines, f"sudo apt-get install {' '.join(packages(lacking))}"]
    )


def main(args: list[str]) -> int:
    """Install or name what is missing; 0 when everything is here, else 1."""
    lacking = missing()
    for _ in range(ROUNDS if "--check" not in args and can_install() else 0):
        if lacking:
            try:
                install(lacking)
            except (subprocess.CalledProcessError, OSError) as error:
                print(f"installing failed: {error}", file=sys.stderr)
            lacking = missing()
    if lacking:
        print(advice(lacking), file=sys.stderr)
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
