import pytest
from msgspec.structs import replace

from engines.control.state import Loop
from engines.studio.logcheck import check
from tests.engines.studio.pieces import engine, piece, written

ORDER = piece().order
CONTROL = ORDER.control
CHAIRS, FIRST = CONTROL.chairs, CONTROL.arrangement[0]


def test_every_order_of_ours_can_be_performed():
    for genre in engine().genres:
        check(written(genre=genre, structure=None, bars=9, tension_curve="arch").order)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"seed": 10**30}, "seed: "),
        ({"candidates": 10**7}, "candidates: .* 0..64"),
        ({"density": 1e9}, "density: .* 0..1"),
        ({"humanize": -1.0}, "humanize: .*nearest: 0"),
        ({"chairs": {}}, "chairs: .* lead, bass"),
        ({"chairs": CHAIRS | {"pad": replace(CHAIRS["pad"], level=9.0)}}, r"chairs\['pad'\].level: "),
        ({"harmony": Loop(())}, "harmony: bars: "),
        ({"harmony": Loop(((),))}, "harmony: chords in a bar: "),
        ({"arrangement": ()}, "bars: '0'"),
        ({"arrangement": (replace(FIRST, bars=10**9),)}, "bars: '1000000000'"),
        ({"arrangement": (replace(FIRST, bars=9), replace(FIRST, bars=-4))}, r"arrangement\[1\].bars: '-4'"),
        ({"arrangement": (replace(FIRST, energy=7.0),)}, r"arrangement\[0\]: energy and tension: '7.0'"),
    ],
)
def test_what_nobody_could_perform_is_named(changes, told):
    with pytest.raises(ValueError, match=told):
        check(replace(ORDER, control=replace(CONTROL, **changes)))


@pytest.mark.parametrize("bpm", [0.0, -5.0, 0.001, 1e308])
def test_so_is_a_tempo(bpm):
    with pytest.raises(ValueError, match=r"bpm: .* 20\.\.300"):
        check(replace(ORDER, bpm=bpm))
