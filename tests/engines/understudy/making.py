"""Plans and requests for the tests of the players."""

from pathlib import Path

from hypothesis import strategies as st

from engines.expert import Heard, Request, check_bars
from engines.genre import load_genres
from engines.note import Bar
from engines.plan import Plan
from engines.theory.chord import Chord
from engines.theory.key import MODES, Key
from engines.theory.quality import QUALITIES
from engines.understudy import Rules
from engines.units import TICKS_PER_BAR, VOICES

GENRES = load_genres(Path(__file__).parents[3] / "configs" / "genres")
RULES = Rules(GENRES)
LOOP = tuple(map(Chord.parse, ("Am", "F", "C", "G")))


def make_plan(
    index=0, *, chords=None, next_chord=None, tension=0.5, density=0.5, section="drop", genre="uplifting", **rest
):
    """A bar of a section that began with bar 0, over Am F C G."""
    chord = LOOP[index % 4]
    values = {
        "index": index,
        "genre": genre,
        "section": section,
        "section_bar": index,
        "section_bars": 32,
        "phrase_bar": index % 8,
        "phrase_bars": 8,
        "upcoming": None,
        "energy": GENRES[genre].section(section, 0.5).energy,
        "tension": tension if isinstance(tension, tuple) else (tension,) * 4,
        "density": dict.fromkeys(VOICES, density),
        "variation": 0.0,
        "key": Key.parse("Am"),
        "chords": chords or (chord,) * 4,
        "next_chord": next_chord or LOOP[(index + 1) % 4],
        "active": VOICES,
        "bpm": 138.0,
    }
    return Plan(**{**values, **rest})


def write(plan, voice, **rest):
    """The bar of one voice, checked."""
    request = Request(plan, (voice,), **rest)
    return check_bars(request, RULES.write(request))[voice]


def play(plans, voices=VOICES, *, seed=0, phrase_seed=None):
    """The bars of a band that hears itself."""
    heard = []
    for plan in plans:
        visit = seed if phrase_seed is None else phrase_seed(plan.index)
        request = Request(plan, voices, tuple(heard[-8:]), seed=seed * 1000 + plan.index, phrase_seed=visit)
        heard.append(Heard(plan, check_bars(request, RULES.write(request))))
    return [each.bars for each in heard]


shares = st.floats(0, 1)
chords = st.builds(Chord, st.integers(0, 11), st.sampled_from(sorted(QUALITIES)), st.integers(0, 11))
keys = st.builds(Key, st.integers(0, 11), st.sampled_from(sorted(MODES)))


@st.composite
def plans(draw):
    phrase_bars = draw(st.integers(1, 16))
    return Plan(
        index=draw(st.integers(0, 10_000)),
        genre=draw(st.sampled_from([*GENRES, "polka"])),
        section=draw(st.sampled_from(["intro", "build", "breakdown", "drop", "outro", "groove", "elsewhere"])),
        section_bar=draw(st.integers(0, 100)),
        section_bars=draw(st.integers(1, 64)),
        phrase_bar=draw(st.integers(0, phrase_bars - 1)),
        phrase_bars=phrase_bars,
        upcoming=draw(st.sampled_from([None, "drop", "breakdown", "nowhere"])),
        energy=draw(shares),
        tension=draw(st.tuples(shares, shares, shares, shares)),
        density=draw(st.dictionaries(st.sampled_from(VOICES), shares)),
        variation=draw(shares),
        key=draw(keys),
        chords=draw(st.tuples(chords, chords, chords, chords)),
        next_chord=draw(chords),
        active=VOICES,
        bpm=138.0,
    )


@st.composite
def requests(draw):
    """Any valid request: with or without history, whole bars and bars begun by another hand."""
    plan = draw(plans())
    seed = draw(st.integers(0, 2**64 - 1))
    history = tuple(Heard(before, write_all(before, 1)) for before in draw(st.lists(plans(), max_size=1)))
    start = draw(st.one_of(st.just(0), st.integers(1, TICKS_PER_BAR - 1)))
    sounded = write_all(draw(plans()), 2) if start else {}
    committed = {voice: bar.before(start) for voice, bar in sounded.items()}
    return Request(plan, VOICES, history, {}, committed, start, seed, draw(st.integers(0, 2**64 - 1)))


def write_all(plan, seed):
    return RULES.write(Request(plan, VOICES, seed=seed, phrase_seed=seed))


def overlaps(bar: Bar):
    """Pairs of neighbours of which the first still sounds when the second begins."""
    return [pair for pair in zip(bar.notes, bar.notes[1:], strict=False) if pair[0].end > pair[1].onset]
