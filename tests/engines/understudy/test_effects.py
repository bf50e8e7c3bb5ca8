"""What a performer asks for is heard: tension, density, sections, chords, variation."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import spearmanr

from engines.measure.tension import Sounded, realised
from engines.studio.config import tension_parts
from engines.units import VOICES
from tests.engines.understudy.making import GENRES, make_plan, play, write

BARS = 64
KEY = make_plan().key
PITCHED = ("lead", "bass", "arp", "pad")


def ramp(genre, section, seed):
    plans = [make_plan(bar, genre=genre, section=section, tension=bar / (BARS - 1)) for bar in range(BARS)]
    return play(plans, seed=seed)


def rho(values):
    return spearmanr(np.arange(BARS), values).statistic


def measures(bars, voices):
    """Spearman of mean velocity, number of notes and mean pitch (drums have none) with the ramp."""
    notes = [[(voice, note) for voice in voices for note in bar[voice].notes] for bar in bars]
    velocity = [np.mean([note.velocity for _, note in bar]) for bar in notes]
    pitch = [np.mean([note.pitch for voice, note in bar if voice != "drums"] or [0]) for bar in notes]
    return rho(velocity), rho([len(bar) for bar in notes]), rho(pitch) if voices != ("drums",) else 1.0


@pytest.mark.parametrize("section", ["drop", "build"])
@pytest.mark.parametrize("genre", GENRES)
def test_velocity_density_and_register_rise_with_tension(genre, section):
    for seed in range(2):
        assert min(measures(ramp(genre, section, seed), VOICES)) >= 0.9


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("genre", GENRES)
def test_each_voice_rises_with_tension(genre, voice):
    velocity, count, pitch = np.mean([measures(ramp(genre, "drop", seed), (voice,)) for seed in range(2)], axis=0)
    assert velocity >= 0.8
    assert count >= 0.8
    # the bass keeps its root low: only octave jumps lift it; the pad keeps below the lead, whose tune goes up and down
    assert pitch >= {"bass": 0.5, "pad": 0.65}.get(voice, 0.8)


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("genre", GENRES)
def test_density_never_takes_notes_away(genre, voice):
    for section in GENRES[genre].sections:
        for bar in (2, 7):
            counts = [
                len(write(make_plan(bar, genre=genre, section=section, density=step / 10), voice, phrase_seed=3).notes)
                for step in range(11)
            ]
            assert counts == sorted(counts)
            assert counts[-1] > counts[0] or voice == "pad"


def test_tension_is_heard_beat_by_beat():
    bar = write(make_plan(tension=(0.0, 0.0, 1.0, 1.0)), "arp")
    quiet = [note.velocity for note in bar.before(960).notes]
    loud = [note.velocity for note in bar.since(960).notes]
    assert max(quiet) < min(loud)
    assert len(quiet) < len(loud)


@pytest.mark.parametrize("genre", GENRES)
def test_a_section_change_changes_the_drums(genre):
    def drums(section):
        return {(note.onset, note.pitch) for note in write(make_plan(genre=genre, section=section), "drums").notes}

    patterns = [drums(section) for section in ("intro", "build", "breakdown", "drop")]
    assert all(one != other for at, one in enumerate(patterns) for other in patterns[at + 1 :])


@pytest.mark.parametrize("genre", GENRES)
def test_sections_say_who_plays(genre):
    players = {name: set(section.players) for name, section in GENRES[genre].sections.items()}
    assert players["intro"] < players["build"] | players["drop"]
    assert "bass" not in players["breakdown"]
    assert {"drums", "bass", "lead", "arp"} <= players["drop"]


def test_variation_changes_the_lead_and_none_leaves_it():
    plans = [[make_plan(bar, variation=variation) for bar in range(16)] for variation in (0.0, 1.0)]
    plain, varied = (play(each, ("lead",)) for each in plans)
    same = sum(plain[bar] == plain[bar + 8] for bar in range(8))
    again = sum(varied[bar] == varied[bar + 8] for bar in range(8))
    assert same == 8
    assert again < 4


def grams(bars, size=4):
    """(interval, inter-onset interval) n-grams of the lead."""
    line = [(at * 1920 + note.onset, note.pitch) for at, bar in enumerate(bars) for note in bar["lead"].notes]
    moves = [(b[1] - a[1], b[0] - a[0]) for a, b in pairwise(line)]
    return [tuple(moves[at : at + size]) for at in range(len(moves) - size + 1)]


def returning(bars):
    """Share of n-grams that occur more than once."""
    counts = Counter(grams(bars))
    return sum(count for count in counts.values() if count > 1) / sum(counts.values())


@pytest.mark.parametrize("genre", GENRES)
def test_motifs_return_within_a_section(genre):
    plans = [make_plan(bar, genre=genre, variation=0.2) for bar in range(32)]
    kept = [returning(play(plans, ("lead",), seed=seed)) for seed in range(4)]
    shuffled = [returning(play(plans, ("lead",), seed=seed, phrase_seed=lambda bar: bar * 7919)) for seed in range(4)]
    assert np.mean(kept) > 0.4
    assert np.mean(kept) > 3 * np.mean(shuffled)


@pytest.mark.parametrize("genre", GENRES)
def test_the_drop_is_more_than_the_build_before_it(genre):
    """As the genre's own tensions have it: louder in every voice, no lower, and more in tension heard."""
    bars = {}
    for section, end in (("build", 1), ("drop", 0)):
        tension = GENRES[genre].sections[section].tension[end]
        plans = [make_plan(bar, genre=genre, section=section, tension=tension) for bar in range(1, 5)]
        bars[section] = [each for seed in range(6) for each in play(plans, seed=seed)]
    for voice in set(GENRES[genre].sections["build"].players) & set(GENRES[genre].sections["drop"].players):
        build, drop = (
            np.mean([note.velocity for bar in bars[name] for note in bar[voice].notes]) for name in ("build", "drop")
        )
        assert drop > build
    heard = {
        name: np.mean(realised([Sounded(bar, (make_plan(1).chords)) for bar in each], KEY, tension_parts()))
        for name, each in bars.items()
    }
    assert heard["drop"] > heard["build"]
