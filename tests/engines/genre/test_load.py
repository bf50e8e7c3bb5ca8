from itertools import pairwise
from pathlib import Path

import pytest

from engines.genre import GenreError, load_genre, load_genres
from engines.units import VOICES

FOLDER = Path(__file__).parents[3] / "configs" / "genres"
TEXT = (FOLDER / "uplifting.yaml").read_text()
GENRES = load_genres(FOLDER)


@pytest.fixture
def broken(tmp_path):
    def load(old, new):
        assert TEXT.count(old) >= 1
        path = tmp_path / "uplifting.yaml"
        path.write_text(TEXT.replace(old, new, 1))
        with pytest.raises(GenreError) as caught:
            load_genre(path)
        assert str(path) in str(caught.value)
        return str(caught.value)

    return load


def test_the_genres_of_the_house():
    assert set(GENRES) == {"uplifting", "progressive", "psytrance", "techtrance", "house"}
    assert GENRES["uplifting"].bpm[1] == 138


@pytest.mark.parametrize("genre", GENRES.values(), ids=lambda genre: genre.name)
def test_every_genre_is_whole(genre):
    assert list(genre.sections)[:5] == ["intro", "build", "breakdown", "drop", "outro"]
    for section in genre.sections.values():
        assert section.bars % 8 == 0
        assert set(section.players) <= set(VOICES)
        assert sum(section.follows.values()) > 0
    assert genre.sections["drop"].energy > genre.sections["build"].energy > genre.sections["breakdown"].energy
    assert {fill.where for fill in genre.fills} == {"turn", "phrase", "lift", "fall"}
    for names in (genre.grooves, genre.bass, genre.arp, genre.lead, genre.pad):
        used = {name for section in genre.sections.values() for voice in VOICES for name in getattr(section, voice)}
        assert set(names) <= used


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_block_of_numbers_names_its_source(path):
    text = path.read_text()
    for key in ("bpm", "phrase_bars", "swing", "humanize", "activity", "loudness"):
        line = next(line for line in text.splitlines() if line.startswith(f"{key}:"))
        assert "#" in line
    assert text.count("convention") > 10


def test_an_unknown_key_names_file_line_key_and_the_nearest(broken):
    message = broken("energy: 0.35", "enrgy: 0.35")
    line = TEXT[: TEXT.index("energy: 0.35")].count("\n") + 1
    assert f":{line}:" in message
    assert "'sections.intro.enrgy'" in message
    assert "nearest: 'energy'" in message


def test_an_unknown_key_inside_a_list(broken):
    assert "nearest: 'weight'" in broken("mode: minor, weight: 6", "mode: minor, wieght: 6")


def test_a_number_out_of_range_names_its_place(broken):
    message = broken("energy: 0.35", "energy: 3.5")
    line = TEXT[: TEXT.index("energy: 0.35")].count("\n") + 1
    assert f":{line}: sections.intro.energy: " in message
    assert "<= 1.0" in message


def test_a_broken_reference_names_its_line(broken):
    line = TEXT[: TEXT.index("bass: [drive]")].count("\n") + 1
    assert f":{line}: sections.build.bass: 'drvie'" in broken("bass: [drive]", "bass: [drvie]")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("bass: [drive]", "bass: [drvie]", "nearest: 'drive'"),
        ("follows: {drop: 1}", "follows: {dorp: 1}", "nearest: 'drop'"),
        ("first: intro", "first: into", "nearest: 'intro'"),
        ("name: uplifting", "name: trance", "must be the file's name"),
        ("bpm: [132, 138, 142]", "bpm: [142, 138, 132]", "rising order"),
        ("    clap: {plays:", "    calp: {plays:", "nearest: 'clap'"),
        ("low: 57, high: 98", "low: 57, high: 60", "octave"),
        ("tension: 0.45, density: 0.45", "tension: 0.95, density: 0.45", "at most 1"),
        ('plays: "0...|0...|0...|0..."', 'plays: "0...|0...|0...|0."', "regex"),
        ("velocity: [66, 118]", "velocity: [118, 66]", "quiet"),
        ("title: Uplifting trance", "title: [", "not YAML"),
        ("  lead: {low: 62", "  laed: {low: 62", "nearest: 'lead'"),
    ],
)
def test_broken_files_say_what_is_wrong(broken, old, new, said):
    assert said in broken(old, new)


def test_a_genre_needs_loops_in_both_modes(broken):
    assert "none in minor" in broken(TEXT, TEXT.replace("mode: minor", "mode: major"))


def test_an_empty_folder_is_an_error(tmp_path):
    with pytest.raises(GenreError, match="no genre files"):
        load_genres(tmp_path)


def test_an_unknown_section_is_the_nearest_in_energy():
    genre = GENRES["uplifting"]
    assert genre.section("drop", 0.0) is genre.sections["drop"]
    assert genre.section("elsewhere", 0.99) is genre.sections["drop"]
    assert genre.section("elsewhere", 0.0) is genre.sections["breakdown"]


@pytest.mark.parametrize("genre", GENRES.values(), ids=lambda genre: genre.name)
def test_players_join_with_a_phrase_and_stay(genre):
    for section in genre.sections.values():
        assert set(section.enters) <= set(section.players)
        for bars in (1, 8, 16, 24, 32):
            heard = [set(section.playing(bar, bars, genre.phrase_bars)) for bar in range(bars + 1)]
            assert all(one <= other for one, other in pairwise(heard))
            assert heard[-1] == set(section.players)  # whoever is to play has come before the section ends
            changes = [bar for bar, (one, other) in enumerate(pairwise(heard), 1) if one != other]
            assert all(bar % genre.phrase_bars == 0 for bar in changes)
            assert "drums" in heard[0]
        assert set(section.playing(0, genre.phrase_bars, genre.phrase_bars)) == set(section.players)


def test_who_does_not_play_cannot_join(broken):
    assert "sections.intro.enters: 'lead' is not defined" in broken("enters: {arp: 0.5}", "enters: {lead: 0.5}")
