"""Every data folder's form, written small by the test, read into pieces."""

import io
import json
import lzma

import mido
import pytest

from engines.theory.chord import Chord
from engines.theory.key import Key
from tests.training.beats import make_chord_corpus, make_drum_corpus, pack
from tests.training.corpus.making import band, track
from tests.training.music import make_corpus
from training.corpus import rock, store
from training.corpus.chord_names import analysed
from training.corpus.config import corpus_config
from training.corpus.item import Item
from training.corpus.prepare import Wishes, prepare
from training.corpus.readers import READERS
from training.corpus.sources import SOURCES, items

CONFIG = corpus_config()


def save(file):
    stream = io.BytesIO()
    file.save(file=stream)
    return stream.getvalue()


def packed(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(lzma.compress(value.encode()))


def tune(count=24, title="t"):
    notes = [[n / 1.0 if n else 0.0, 1.0, 60 + (0, 2, 4, 5, 7)[n % 5]] for n in range(count)]
    return {"id": f"{title}1", "title": title, "ts": [[0.0, "4/4"]], "key": [[0.0, 0, "major"]], "notes": notes}


MELODY = "% Song\n[C] [4/4] [OCT=4] R*1 | 1... 3 5 ^1 | v7 .5 5. _ | | b3b3 1 1 1 |"
HARMONY = "[C] I | IV V7 | . | R I6 | vi |"
ROMAN = "Composer: X\nTime signature: 4/4\nm1 C: I b3 V7\nm2 vi b3 a: viio7\nm3 i\nm4-5 = m1-2\nm6 Ger65 b2 V\n"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data folder with every source in it."""
    root = tmp_path_factory.mktemp("data")
    make_chord_corpus(root, 4)
    pop = (root / "pop909" / "pop909_cl_chords.jsonl.xz").read_bytes()
    for path in (root / "pop909").iterdir():
        path.unlink()
    (root / "pop909").rmdir()
    make_corpus(root, 3)
    assert pop
    make_drum_corpus(root)
    beat = [(bar * 1920 + n * 240, 60, 36 if n % 4 == 0 else 42, 60 + n) for bar in range(4) for n in range(8)]
    take = save(mido.MidiFile(tracks=[track("", beat, channel=9)]))
    pack(root / "groove" / "groove_midi.tar.xz", {"d/0.mid": take, "d/1.mid": take})
    (root / "lmms_projects" / "manifest.json").write_text(json.dumps([{"file": "a.mmpz", "licence": "CC0"}]))
    pack(root / "lmms_projects" / "lmms_midi.tar.xz", {"midi/a.mid": save(band(1))})
    pack(root / "freedoom_midi" / "freedoom_midi.tar.xz", {"musics/b.mid": save(band(2))})
    pack(root / "openscore_lieder" / "openscore_lieder_midi.tar.xz", {"A__B__C.mid": save(band(3))})
    voices = mido.MidiFile(ticks_per_beat=480)
    for pitch in (72, 65, 60, 48):
        voices.tracks.append(track("", [(n * 480, 480, pitch + n % 3, 90) for n in range(32)]))
    pack(root / "js_fakes" / "js_fakes_midi.tar.xz", {"midi/0.mid": save(voices)})
    grid = [[72 + n // 4 % 3, 65, 60 + n // 8 % 2, 48] for n in range(96)]
    packed(root / "jsb_chorales" / "Jsb16thSeparated.json.xz", json.dumps({"test": [grid], "train": [grid[::-1]]}))
    sheet = {**tune(), "id": 7, "chords": [[0.0, "C"], [4.0, "B-7"], [8.0, "?"], [12.0, "Am"]]}
    packed(root / "openewld_pd" / "openewld_pd.jsonl.xz", json.dumps(sheet))
    pickup = {**tune(title="p"), "ts": [[0.0, "4/4"], [1.0, "4/4"]]}
    packed(root / "folk_abc" / "folk_melodies.jsonl.xz", json.dumps(tune()) + "\n" + json.dumps(pickup))
    rs = {"rs200_melody/song_dt.mel": MELODY.encode(), "rs200_harmony_exp/song_tdc.txt": HARMONY.encode()}
    pack(root / "rs200" / "rs200_source.tar.xz", rs)
    name = "Corpus/OpenScore-LiederCorpus/A/B/C/analysis.txt"
    pack(root / "when_in_rome_lieder" / "wir_lieder_rntxt.tar.xz", {name: ROMAN.encode()})
    steps = ["C2", None, "E2", None] * 4
    (root / "bassline_patterns").mkdir()
    line = {"id": "x", "category": "Basic", "steps": steps}
    (root / "bassline_patterns" / "basslines.json").write_text(json.dumps([line]))
    blocks = track("", [(n * 1920, 1920, pitch, 80) for n in range(8) for pitch in (48, 52, 55)])
    twins = {
        "MIDI/melody/a.mid": save(
            mido.MidiFile(tracks=[track("", [(n * 480, 480, 60 + n % 5, 90) for n in range(32)])])
        ),
        "MIDI/chords/a.mid": save(mido.MidiFile(tracks=[blocks])),
    }
    pack(root / "nottingham_gpl" / "nottingham_abc_and_midi.tar.xz", twins)
    pack(root / "mma_gpl" / "mma_midi.tar.xz", {"m.mid": save(band(4))})
    told = [{"file": "m.mid", "style": "rock", "chords_per_bar": ["C", "Am", "F", "G7"] * 4}]
    packed(root / "mma_gpl" / "manifest.json.xz", json.dumps(told))
    return root


@pytest.fixture(scope="module")
def found(data):
    pieces = {}
    for item in items(data, ()):
        try:
            pieces.setdefault(item.source, []).extend(READERS[item.reader](item, CONFIG))
        except ValueError:
            continue
    return pieces


def test_every_source_is_read(found):
    assert set(found) == set(SOURCES)
    assert all(piece.tier == SOURCES[name].tier for name, pieces in found.items() for piece in pieces)


def test_what_a_corpus_knows_is_not_guessed(found):
    song = found["pop909"][1]
    assert next((t.name, t.role, t.confidence) for t in song.tracks) == ("MELODY", "lead", 1.0)
    assert (song.keys[0].tonic, song.keys[0].confidence) == (1, 1.0)
    assert [Chord.parse(s.label).root for s in song.chords[:4]] == [1, 10, 6, 8]
    assert [t.role for t in found["js_fakes"][0].tracks] == ["lead", "pad", "pad", "bass"]
    assert [s.label for s in found["mma_gpl"][0].chords[:4]] == ["C", "Am", "F", "G7"]
    assert found["lmms_projects"][0].licence == "CC0"
    assert [t.role for t in found["lmms_projects"][0].tracks] == ["lead", "bass", "pad", "arp", "drums"]


def test_splits_and_songs_of_a_corpus_are_kept(found):
    assert [p.meta.get("split") for p in found["jsb_chorales"]] == ["test", "train"]
    assert found["groove"][0].meta["split"] == "test"
    assert found["groove"][0].velocities_played
    assert found["when_in_rome_lieder"][0].meta["song"] == found["openscore_lieder"][0].meta["song"] == "lied/abc"


def test_equal_steps_of_a_chorale_are_one_note(found):
    soprano = found["jsb_chorales"][0].tracks[0]
    assert [(e.onset, e.duration) for e in soprano.events[:2]] == [(0, 480), (480, 480)]
    bass = found["jsb_chorales"][0].tracks[3]
    assert [(e.onset, e.duration) for e in bass.events] == [(0, 96 * 120)]


def test_sheets_know_pickups_flats_and_what_is_no_chord(found):
    labels = [(s.tick, s.label) for s in found["openewld_pd"][0].chords]
    assert labels == [(0, "C"), (1920, "Bb7"), (5760, "Am")]
    whole, pickup = found["folk_abc"]
    assert whole.tracks[0].events[0].onset == 0
    assert pickup.tracks[0].events[0].onset == -480
    assert pickup.meta["pickup"] == "yes"
    assert not pickup.velocities_played


def test_rock_melody_and_harmony_are_placed(found):
    (song,) = found["rs200"]
    notes = [(e.onset, e.pitch) for e in song.tracks[0].events]
    assert notes[:4] == [(1920, 60), (2400, 64), (2880, 67), (3360, 72)]
    assert notes[4:7] == [(3840, 71), (3840 + 480 + 240, 67), (3840 + 960, 67)]
    assert notes[7][1] == 63
    assert [(s.tick, s.end, s.label) for s in song.chords] == [
        (0, 1920, "C"), (1920, 2880, "F"), (2880, 5760, "G7"), (6720, 7680, "C/E"), (7680, 9600, "Am"),
    ]  # fmt: skip
    assert song.keys[0].tonic == 0


def test_a_roman_text_repeats_bars_and_changes_key(found):
    (song,) = found["when_in_rome_lieder"]
    spans = [(s.tick // 1920 + 1, s.label) for s in song.chords]
    assert spans[:5] == [(1, "C"), (1, "G7"), (2, "Am"), (2, "G#dim7"), (3, "Am")]
    assert next(bar for bar, _ in spans if bar > 3) == 4
    assert (song.keys[1].tonic, song.keys[1].mode) == (9, "minor")


def test_a_roman_text_in_six_eight_has_two_beats_a_bar_and_takes_the_key_of_its_pickup():
    text = "Time Signature: 6/8\nm0 b2 d: V7\nm1 i b1.67 iv b2 V\nm3 i\n"
    (song,) = READERS["roman_text"](Item("own", "roman_text", "x", "A", "", text.encode()), CONFIG)
    assert [(s.tick, s.end, s.label) for s in song.chords] == [
        (0, 480, "Dm"), (480, 720, "Gm"), (720, 2880, "A"), (2880, 4320, "Dm"),
    ]  # fmt: skip
    assert [(mark.tick, mark.tonic, mark.mode) for mark in song.keys] == [(0, 2, "minor")]


def test_billboard_has_sections(found):
    (song, again) = found["mcgill_billboard"]
    assert [s.label for s in song.sections] == ["verse", "chorus"]
    assert song.meta["song"] == again.meta["song"]


@pytest.mark.parametrize(
    ("text", "key", "name"),
    [("V7", "C", "G7"), ("bVII", "C", "Bb"), ("iih7", "C", "Dm7b5"), ("viix7/V", "C", "F#dim7"), ("Id7", "C", "C7"),
     ("Vs4", "C", "Gsus4"), ("Ger65", "C", "Ab7"), ("N6", "Am", "Bb/D"), ("V[no5]", "Am", "E"), ("?", "C", None)],
)  # fmt: skip
def test_analysts_numerals(text, key, name):
    found = analysed(text, Key.parse(key))
    assert (found.name if found else None) == name


def test_rock_bars_are_counted():
    assert len(list(rock.bars(MELODY))) == 5
    assert [len(bar) for bar in rock.bars("R*3 | 1 2 |")] == [0, 0, 0, 2]


def test_the_whole_folder_becomes_one_corpus(data, tmp_path):
    manifest = prepare(Wishes(tmp_path, data, workers=0))
    assert set(manifest.sources) == set(SOURCES)
    assert sum(count.pieces for count in manifest.sources.values()) == manifest.pieces > 16
    tiers = {piece.tier for piece in store.read(tmp_path, tiers=store.SHIPPED)}
    assert "C" not in tiers
    assert "C" in {piece.tier for piece in store.read(tmp_path)}
    for name in ("openewld_pd", "lmms_projects"):
        assert manifest.sources[name].pieces == 1
