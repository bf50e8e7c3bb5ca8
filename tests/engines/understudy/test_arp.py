import pytest

from engines.genre import ArpFigure
from engines.understudy.arp import _index
from tests.engines.understudy.making import GENRES, LOOP, make_plan, write

ALWAYS = "0000|0000|0000|0000"


@pytest.mark.parametrize(
    ("order", "places"),
    [
        ("up", [0, 1, 2, 3, 0, 1, 2, 3]),
        ("down", [3, 2, 1, 0, 3, 2, 1, 0]),
        ("updown", [0, 1, 2, 3, 2, 1, 0, 1]),
        ("downup", [3, 2, 1, 0, 1, 2, 3, 2]),
    ],
)
def test_orders(order, places):
    figure = ArpFigure(order=order, plays=ALWAYS)
    assert [_index(figure, position, 4) for position in range(8)] == places


def test_a_ladder_of_one_tone_repeats_it():
    for order in ("up", "down", "updown", "downup"):
        assert {_index(ArpFigure(order=order, plays=ALWAYS), position, 1) for position in range(8)} == {0}


def test_figures_wrap_round_a_short_ladder():
    figure = ArpFigure(order="figure", plays=ALWAYS, figure=(0, 5, 7))
    assert [_index(figure, position, 4) for position in range(4)] == [0, 1, 3, 0]


def test_a_figure_needs_indices():
    with pytest.raises(ValueError, match="figure"):
        ArpFigure(order="figure", plays=ALWAYS)


@pytest.mark.parametrize("genre", GENRES)
def test_every_note_is_of_the_running_chord(genre):
    for section in GENRES[genre].sections:
        plan = make_plan(chords=LOOP, section=section, genre=genre, tension=0.8)
        notes = write(plan, "arp").notes
        assert len(notes) >= 4
        assert all(plan.chord_at(note.onset).contains(note.pitch) for note in notes)


def test_tension_opens_octaves():
    def span(tension):
        pitches = [note.pitch for note in write(make_plan(tension=tension), "arp", phrase_seed=2).notes]
        return max(pitches) - min(pitches)

    assert span(0.0) <= 15
    assert span(1.0) >= 24


def test_a_phrase_long_order_goes_on_over_the_bar_line():
    bars = [
        write(make_plan(bar, section="intro", chords=(LOOP[0],) * 4), "arp", phrase_seed=seed)
        for seed in range(8)
        for bar in (0, 1)
    ]
    assert any(one != other for one, other in zip(bars[::2], bars[1::2], strict=True))


def test_rests_do_not_shift_the_order():
    full = {note.onset: note.pitch for note in write(make_plan(density=1.0, tension=0.5), "arp").notes}
    thin = {note.onset: note.pitch for note in write(make_plan(density=0.0, tension=0.5), "arp").notes}
    assert thin.items() < full.items()
