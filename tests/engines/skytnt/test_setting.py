import msgspec
import pytest

import configs
from engines.skytnt.setting import CHANNELS, PROGRAMS, TRACKS, Setting
from engines.units import VOICES


def test_every_voice_has_a_seat_of_its_own():
    assert set(PROGRAMS) == set(CHANNELS) == set(TRACKS) == set(VOICES)
    assert len(set(CHANNELS.values())) == len(set(TRACKS.values())) == len(VOICES)
    assert 0 not in TRACKS.values()


def test_programs_are_those_of_the_listening_sheets():
    from pathlib import Path

    import yaml

    sheet = yaml.safe_load((Path(configs.__file__).parent / "listening.yaml").read_text())["programs"]
    assert {voice: PROGRAMS[voice] for voice in VOICES if voice != "drums"} == {
        voice: sheet[voice] for voice in VOICES if voice != "drums"
    }


def test_wrong_seats_and_numbers_are_named():
    with pytest.raises(ValueError, match="programs: must name lead"):
        Setting(programs={"lead": 1})
    with pytest.raises(ValueError, match="two voices share"):
        Setting(channels=CHANNELS | {"bass": 0})
    with pytest.raises(ValueError, match="drums 5: must be 9"):
        Setting(channels=CHANNELS | {"drums": 5})
    with pytest.raises(ValueError, match="context 100: must be 336 at least for 64 events"):
        Setting(context=100)
    with pytest.raises(msgspec.ValidationError, match="top_p"):
        msgspec.convert({"top_p": 2}, Setting)
    with pytest.raises(msgspec.ValidationError, match="topk"):
        msgspec.convert({"topk": 2}, Setting)
