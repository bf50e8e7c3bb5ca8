import json
import os
from pathlib import Path

import pytest

from server.drivers.inventory import System
from server.player.config import MidiConfig
from tools import ports
from tools.ports import chosen, quiet, run

NO_JACK = System("jack", works=False, detail="no JACK server runs")
NO_RTMIDI = System("rtmidi", works=False, detail="modprobe snd-seq")
RTMIDI = System("rtmidi", works=True, detail="ALSA", outputs=("Synth [1]",), inputs=("Keys",))


@pytest.mark.parametrize(
    ("backend", "systems", "says"),
    [
        ("auto", (NO_JACK, RTMIDI), "rtmidi is used"),
        ("auto", (System("jack", works=True), RTMIDI), "jack is used"),
        ("jack", (NO_JACK, RTMIDI), "no MIDI works here, the recorder writes a .mid: jack: no JACK server runs"),
        ("none", (NO_JACK, RTMIDI), "no MIDI, as configured"),
        ("auto", (NO_JACK, NO_RTMIDI), "jack: no JACK server runs; rtmidi: modprobe snd-seq"),
    ],
)
def test_it_says_what_would_be_used_or_what_is_missing(backend: str, systems: tuple[System, ...], says: str) -> None:
    assert says in chosen(MidiConfig(backend=backend), systems)  # type: ignore[arg-type]


def test_systems_and_ports_are_listed_and_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(ports, "survey", lambda server: (NO_JACK, RTMIDI))
    run(MidiConfig(), tmp_path / "p.json")
    out = capsys.readouterr().out
    for word in ("no JACK server runs", "Synth [1]", "Keys", "play to", "hear", "rtmidi is used"):
        assert word in out
    written = json.loads((tmp_path / "p.json").read_text(encoding="utf-8"))
    assert written["used"] == "rtmidi is used"
    assert written["systems"][1]["outputs"] == ["Synth [1]"]


def test_what_c_libraries_print_is_kept_off_the_screen(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet():
        os.write(2, b"ALSA lib says something\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"
