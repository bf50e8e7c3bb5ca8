import pytest

from engines.analysis.metre import Grid
from engines.analysis.music import Metre, Music, Tempo, Track
from engines.analysis.rhythm import crosses, strengths, timing
from engines.analysis.settings import settings
from tests.engines.analysis.making import line, track

USING = settings().rhythm


def grid(*tracks: Track, metre: Metre | None = None) -> Grid:
    return Grid(Music(tracks, (metre,) if metre else (), (Tempo(0, 120),)))


def placed(*ticks: int, length: int = 120, bars: int = 4) -> Track:
    return track([(bar * 1920 + tick, length, 60) for bar in range(bars) for tick in ticks])


def test_density_by_bar_and_by_second() -> None:
    tune = placed(0, 480, 960, 1440, length=480)
    found = timing(tune.notes, grid(tune), USING)
    assert (found.per_bar, found.per_second) == (4, 2)


def test_notes_on_the_beat_are_not_syncopated_and_anticipations_are() -> None:
    straight, late = placed(0, 480, 960, 1440, length=480), placed(240, 720, 1200, 1680, length=480)
    assert timing(straight.notes, grid(straight), USING).syncopation == 0
    assert timing(late.notes, grid(late), USING).syncopation == 1
    short = placed(240, 720, 1200, 1680, length=120)  # they stop before the beat: off-beats, not syncopes
    assert timing(short.notes, grid(short), USING).syncopation == 0


@pytest.mark.parametrize(("off", "ratio"), [(240, 1.0), (320, 2.0), (288, 1.5)])
def test_swing_is_the_ratio_of_the_parts_of_the_beat(off: int, ratio: float) -> None:
    tune = placed(0, off, 480, 480 + off, 960, 960 + off, 1440, 1440 + off)
    assert timing(tune.notes, grid(tune), USING).swing == pytest.approx(ratio)


def test_nothing_is_said_of_swing_without_off_beats() -> None:
    tune = placed(0, 480)
    assert timing(tune.notes, grid(tune), USING).swing is None


def test_triplets_are_counted_in_simple_metres_alone() -> None:
    tune = placed(0, 160, 320, 480, 960, 1440)
    assert timing(tune.notes, grid(tune), USING).triplets == pytest.approx(2 / 6, abs=1e-3)
    six = track(line([60] * 24, 240))
    assert timing(six.notes, grid(six, metre=Metre(0, 6, 8)), USING).triplets == 0


def test_three_against_two() -> None:
    three, two = placed(0, 160, 320), placed(0, 240)
    found = crosses((three, two), grid(three, two), USING)
    assert [(each.what, each.count) for each in found] == [("3:2 in the beat", 4)]
    assert crosses((two, two), grid(two), USING) == []


def test_steps_of_three_sixteenths_cross_the_beat() -> None:
    dotted = track(line([60] * 16, 360), "arp")
    assert crosses((dotted,), grid(dotted), USING)[0].what == "every 3 sixteenths"
    plain = track(line([60] * 16, 240), "arp")
    assert crosses((plain,), grid(plain), USING) == []
    waltz = Grid(Music((dotted,), (Metre(0, 12, 8),)))
    assert crosses((dotted,), waltz, USING) == []


def test_strengths_of_sixteenths() -> None:
    tune = placed(0)
    assert strengths(tune.notes[:1, 0], grid(tune)).tolist() == [4]
    ticks = track(line([60] * 16, 120)).notes[:, 0]
    assert strengths(ticks, grid(tune)).tolist() == [4, 0, 1, 0, 2, 0, 1, 0, 3, 0, 1, 0, 2, 0, 1, 0]
