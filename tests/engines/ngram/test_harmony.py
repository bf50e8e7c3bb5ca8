import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.codec.harmony import CHORDS, DURATIONS, NO_DURATION, Change, Wish, token_of
from engines.expert import HarmonyRequest
from engines.library import Library, LibraryError
from engines.ngram.harmony import CountingReader
from engines.ngram.table import MAX_BYTES, NOBODY, ORDER, Table, pack
from engines.theory.key import Key
from training.harmony.counting import table
from training.harmony.data import Song

MODELS = Path(__file__).parents[3] / "models"
LOOP = (token_of(9, "min"), token_of(5, "maj"), token_of(0, "maj"), token_of(7, "maj"))
PASTS = st.lists(st.sampled_from([*LOOP, token_of(2, "min")]), max_size=12)


def song(tokens):
    count = len(tokens)
    return Song("s", tuple(4.0 * n for n in range(count)), tuple(tokens), (4.0,) * count, 0, (0,) * count, (0,) * count)


@pytest.fixture(scope="module")
def counted():
    return Table(table([song(LOOP * 4)], 1))


@given(PASTS)
def test_chances_are_chances_whatever_was_heard(past):
    counted = Table(table([song(LOOP * 4)], 1))
    reader = CountingReader(counted, 8.0)
    for number, token in enumerate(past):
        found = reader.read([], 4.0 * number, Wish())
        assert found.shape == (CHORDS, len(DURATIONS))
        assert found.sum() == pytest.approx(1)
        assert (found > 0).all()
        reader.follow(Change(4.0 * number, token, 4.0))


def test_the_loop_that_was_counted_goes_on(counted):
    chords = counted.chords(LOOP[:3], {}, 0)
    assert chords.argmax() == LOOP[3]
    assert counted.lengths(NO_DURATION, 0).argmax() == DURATIONS.index(4)


def test_a_song_is_learned_as_it_plays(counted):
    strange = [token_of(1, "maj"), token_of(6, "min")] * 6
    reader = CountingReader(counted, 8.0)
    before = reader.read([], 0.0, Wish()).sum(1)[strange[0]]
    for number, token in enumerate(strange):
        reader.follow(Change(4.0 * number, token, 4.0))
    assert reader.read([], 48.0, Wish()).sum(1)[strange[0]] > 0.8 > before


@pytest.mark.parametrize(
    "parts",
    [
        (np.full((1, ORDER), CHORDS, np.uint8), np.ones(1, np.uint16), None),
        (np.full((1, ORDER - 1), 0, np.uint8), np.ones(1, np.uint16), None),
        (np.full((2, ORDER), 0, np.uint8), np.ones(1, np.uint16), None),
        (np.full((1, ORDER), NOBODY - 255, np.uint8), np.ones(1, np.uint16), np.zeros((1, 4, 6), np.uint16)),
    ],
)
def test_a_broken_table_is_refused(parts):
    rows, counts, lengths = parts
    with pytest.raises(ValueError, match="table"):
        Table(pack(rows, counts, np.zeros((NO_DURATION + 1, 4, 6), np.uint16) if lengths is None else lengths))


def test_a_table_that_swells_is_refused(tmp_path):
    path = tmp_path / "bomb.npz"
    np.savez_compressed(path, rows=np.zeros((MAX_BYTES, ORDER), np.uint8))
    with pytest.raises(ValueError, match="bytes"):
        Table(path.read_bytes())


def test_the_shipped_table_chooses_without_onnxruntime():
    code = (
        "import sys\nfrom engines.ngram.harmony import SESSION, build\nimport numpy\n"
        f"SESSION(open({str(MODELS / 'harmony-ngram' / 'v1' / 'harmony-ngram.npz')!r}, 'rb').read())\n"
        "print('onnxruntime' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=MODELS.parent, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_shipped_expert_is_verified_small_and_plays_in_its_key():
    library = Library(MODELS)
    card = library.verify("harmony-ngram")
    assert card.model.size < MAX_BYTES
    expert = library.load_harmony("harmony-ngram")
    key = Key.parse("F#m")
    for seed in range(10):
        bars = expert.choose(HarmonyRequest("uplifting", "drop", 0, 0.2, 0.3, key, 8, seed=seed))
        assert len(bars) == 8
        dominant = (key.tonic + 7) % 12
        assert all(c.root == dominant or all(map(key.contains, c.pitch_classes)) for bar in bars for c in bar)
    with pytest.raises(LibraryError, match="chooses chords"):
        library.load("harmony-ngram")


def test_a_changed_table_is_noticed(tmp_path):
    folder = tmp_path / "harmony-ngram" / "v1"
    folder.mkdir(parents=True)
    for path in (MODELS / "harmony-ngram" / "v1").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (tmp_path / "current.yaml").write_text("harmony-ngram: v1\n")
    Library(tmp_path).verify("harmony-ngram")
    model = folder / "harmony-ngram.npz"
    data = bytearray(model.read_bytes())
    data[len(data) // 2] ^= 1
    model.write_bytes(bytes(data))
    with pytest.raises(LibraryError, match="harmony-ngram"):
        Library(tmp_path).verify("harmony-ngram")
