import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.spiral import Strain, cloud_diameter, cloud_momentum, measure, tensile_strain
from tests.engines.theory.strategies import keys

GROUPS = st.lists(st.integers(0, 127), min_size=1, max_size=12)
MINOR = Key.parse("Am")
MAJOR = Key.parse("C")


def tones(name: str) -> tuple[int, ...]:
    return Chord.parse(name).tones(60, 71)


@given(GROUPS, GROUPS, keys, st.integers(0, 11))
def test_measures_do_not_depend_on_the_key_they_are_moved_to(
    notes: list[int], before: list[int], key: Key, by: int
) -> None:
    here = measure(notes, before, key)
    there = measure(
        [pitch + by for pitch in notes], [pitch + by for pitch in before], Key((key.tonic + by) % 12, key.mode)
    )
    assert (here.diameter, here.momentum, here.strain) == pytest.approx((there.diameter, there.momentum, there.strain))


@given(GROUPS, GROUPS, keys)
def test_measures_are_never_negative_and_momentum_is_symmetric(notes: list[int], before: list[int], key: Key) -> None:
    strain = measure(notes, before, key)
    assert min(strain.diameter, strain.momentum, strain.strain) >= 0
    assert cloud_momentum(notes, before, key) == pytest.approx(strain.momentum)
    assert cloud_momentum(notes, notes, key) == 0


def test_silence_has_no_tension() -> None:
    assert measure([], [], MINOR) == Strain(0.0, 0.0, 0.0)
    assert cloud_momentum([], [60], MINOR) == 0.0


def test_dissonance_widens_the_cloud() -> None:
    assert cloud_diameter([60], MAJOR) == 0.0
    widths = [cloud_diameter(tones(name), MAJOR) for name in ("C5", "C", "G7", "Bdim7")]
    assert widths == sorted(widths)
    assert widths[0] < widths[1] < widths[2]


def test_home_is_nearer_than_abroad() -> None:
    for key, home, others in ((MAJOR, "C", "F G Em Ab F#"), (MINOR, "Am", "Dm E Bb Ebm")):
        strains = [tensile_strain(tones(name), key) for name in [home, *others.split()]]
        assert min(strains) == strains[0]


def test_far_chords_move_more() -> None:
    near = cloud_momentum(tones("Am"), tones("C"), MINOR)
    assert near < cloud_momentum(tones("Am"), tones("Bb"), MINOR)


def test_a_fifth_is_a_quarter_turn_and_a_rise() -> None:
    assert cloud_diameter([60, 67], MAJOR) == pytest.approx((2 + 0.4**2) ** 0.5)
