import pytest
from msgspec.structs import replace

from engines.expert import Request
from engines.genre import load_genres
from engines.note import Bar, Note
from server.config import genres_folder
from server.config import load as load_config
from tests.training.judge.making import made, small
from training.judge.accompaniment import features, judge
from training.judge.heard import task
from training.judge.playing import Given, Stage
from training.judge.result import LEARNED, UNDERSTUDY
from training.judge.statistics import bands


class Chords:
    """Holds the chord of every bar, or nothing at all."""

    name, version = "chords", "1"

    def __init__(self, voice: str, *, silent: bool) -> None:
        self.voices, self.silent = (voice,), silent

    def write(self, request: Request) -> dict[str, Bar]:
        (voice,) = self.voices
        tones = () if self.silent or voice != "pad" else request.plan.chords[0].tones(48, 59)
        return {voice: Bar.of(Note(0, 1920, tone, 80) for tone in tones)}


def test_playing_around_a_melody_is_measured_and_compared() -> None:
    stage = Stage(load_genres(genres_folder(load_config())), small())
    chosen = made(3)

    def played(*, silent: bool) -> dict:
        experts = {voice: Chords(voice, silent=silent) for voice in ("bass", "arp", "pad")}
        return {
            each.name: stage.play({**experts, "lead": Given("lead", each.melody)}, task(each, n, small()))
            for n, each in enumerate(chosen)
        }

    figures, tests = judge(chosen, {LEARNED: played(silent=False), UNDERSTUDY: played(silent=True)}, small())
    found = {figure.name: figure for figure in figures}
    assert (found["accompaniment.ur"].value, found["accompaniment.ur"].baseline) == (0, 1)
    assert found["accompaniment.cr"].value > 0.5 > found["accompaniment.cr"].baseline == 0
    # Am F C G in one octave: the moves of the best assignment, by hand: 1/3, 4/3 ... at most 2 semitones a voice
    assert 0 < found["accompaniment.pad_movement"].value < 3
    assert found["accompaniment.pad_movement"].baseline is None
    assert found["accompaniment.jsd.pitch_class"].value == pytest.approx(0, abs=0.02)  # the piano plays these triads
    assert found["accompaniment.cr.real"].value == pytest.approx(found["accompaniment.cr"].value, abs=0.02)
    consonant = next(test for test in tests if test.feature == "cr")
    assert consonant.better == LEARNED and consonant.p < 0.01
    assert bands("accompaniment", {n: features(b, {"": b.accompaniment}) for n, b in enumerate(chosen)}, {})


def test_a_reference_without_accompaniment_says_so() -> None:
    chosen = [replace(each, others=()) for each in made(1)]
    figures, _ = judge(chosen, {}, small())
    assert {f.note for f in figures if f.name.startswith("accompaniment.jsd")} == {
        "the reference holds no accompaniment"
    }
