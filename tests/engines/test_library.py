import json
import os
from pathlib import Path

import msgspec
import numpy as np
import pytest

from engines.card import MAX_MODEL_BYTES, Card
from engines.library import Library, LibraryError
from engines.neural.probe import probe_request
from tests.engines.neural.toy import NAME, make_toy_lead


@pytest.fixture
def shelf(tmp_path):
    make_toy_lead(tmp_path)
    return tmp_path


def edit(folder: Path, **changes):
    path = folder / NAME / "v1" / "card.json"
    card = json.loads(path.read_text())
    card.update(changes)
    path.write_text(json.dumps(card))


def test_a_good_expert_is_listed_verified_and_plays(shelf):
    library = Library(shelf)
    (entry,) = library.list()
    assert (entry.name, entry.version, entry.kind, entry.voices, entry.in_use, entry.problem) == (
        NAME, "v1", "lead", ("lead",), True, "")  # fmt: skip
    assert library.verify(NAME, "v1").name == NAME
    expert = library.load(NAME)
    assert (expert.name, expert.version, expert.voices) == (NAME, "v1", ("lead",))
    assert set(expert.write(probe_request(("lead",)))) == {"lead"}
    with pytest.raises(LibraryError, match="chooses no chords"):
        library.load_harmony(NAME)


def test_an_empty_or_missing_library_says_so(tmp_path):
    library = Library(tmp_path / "nowhere")
    assert library.list() == []
    assert library.current() == {}
    with pytest.raises(LibraryError, match="there are: none"):
        library.load("lead-gru")


@pytest.mark.parametrize("name", ["..", "../lead-gru", "/etc", "lead-gru/v1", "", ".", "nobody", "lead-gru\0"])
def test_names_come_from_the_listing_only(shelf, name):
    library = Library(shelf)
    for action in (
        lambda: library.verify(name, "v1"),
        lambda: library.load(NAME, f"../{name}x"),
        lambda: library.use(name, "v1"),
    ):
        with pytest.raises(LibraryError):
            action()


@pytest.mark.parametrize("size", [0, 1, 100, 4000])
def test_truncated_models_are_refused(shelf, size):
    path = shelf / NAME / "v1" / f"{NAME}.onnx"
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(LibraryError, match="bytes, the card says"):
        Library(shelf).load(NAME)


def test_a_corrupted_model_is_refused_by_its_hash(shelf):
    path = shelf / NAME / "v1" / f"{NAME}.onnx"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(LibraryError, match="sha256"):
        Library(shelf).verify(NAME, "v1")


def test_an_oversized_model_is_refused_without_reading_it(shelf):
    path = shelf / NAME / "v1" / f"{NAME}.onnx"
    with path.open("r+b") as file:
        file.truncate(MAX_MODEL_BYTES + 1)
    with pytest.raises(LibraryError, match="at most"):
        Library(shelf).verify(NAME, "v1")


def test_an_oversized_or_broken_card_is_refused(shelf):
    path = shelf / NAME / "v1" / "card.json"
    good = path.read_bytes()
    for bad in (b"", good[: len(good) // 2], b"[" * 100_000, b" " * 300_000 + good, b"\xff\xfe", b'{"name": 3}'):
        path.write_bytes(bad)
        with pytest.raises(LibraryError):
            Library(shelf).verify(NAME, "v1")
        (entry,) = Library(shelf).list()
        assert entry.problem


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "other"}, "the card is of other"),
        ({"version": "v9"}, "the card is of"),
        ({"codec": "0" * 16}, "codec"),
        ({"kind": "drummer"}, "kind"),
        ({"extra": 1}, "extra"),
        ({"heads": [3, 4]}, "heads"),
        ({"outputs": []}, "inputs or outputs"),
        ({"decoding": {"candidate": 3}}, "candidate"),
        ({"voices": ["bass"]}, "not of a lead"),
        ({"golden": {"name": "../../x", "sha256": "", "size": 1}}, "no file"),
        ({"model": {"name": "card.json", "sha256": "", "size": 1}}, "the card says"),
    ],
)
def test_cards_that_do_not_tell_the_truth_are_refused(shelf, changes, words):
    edit(shelf, **changes)
    with pytest.raises(LibraryError, match=words):
        Library(shelf).verify(NAME, "v1")


def test_another_networks_weights_fail_the_golden_vectors(shelf, tmp_path):
    other = tmp_path / "other"
    make_toy_lead(other, seed=5)
    theirs = other / NAME / "v1" / f"{NAME}.onnx"
    card = json.loads((other / NAME / "v1" / "card.json").read_text())
    (shelf / NAME / "v1" / f"{NAME}.onnx").write_bytes(theirs.read_bytes())
    edit(shelf, model=card["model"])
    with pytest.raises(LibraryError, match="golden vectors are off"):
        Library(shelf).verify(NAME, "v1")


def test_a_pipe_in_place_of_a_file_does_not_hang(shelf):
    path = shelf / NAME / "v1" / f"{NAME}.onnx"
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(LibraryError, match="no file"):
        Library(shelf).verify(NAME, "v1")


def test_use_and_rollback_move_the_version_and_keep_the_history(shelf):
    make_toy_lead(shelf, "v2", use=False, seed=1)
    library = Library(shelf)
    assert library.use(NAME, "v2").version == "v2"
    assert library.current() == {NAME: "v2"}
    assert library.load(NAME).version == "v2"
    assert library.rollback(NAME).version == "v1"
    assert library.current() == {NAME: "v1"}
    with pytest.raises(LibraryError, match="no earlier version"):
        library.rollback(NAME)


def test_a_bad_version_is_never_put_in_use(shelf):
    make_toy_lead(shelf, "v2", use=False, seed=1)
    (shelf / NAME / "v2" / f"{NAME}.onnx").write_bytes(b"")
    library = Library(shelf)
    with pytest.raises(LibraryError):
        library.use(NAME, "v2")
    assert library.current() == {NAME: "v1"}


@pytest.mark.parametrize("text", ["lead-gru: 3", "[1, 2]", "a: b: c", "lead-gru: !!python/object:os.system x"])
def test_a_broken_current_file_is_an_error_with_words(shelf, text):
    (shelf / "current.yaml").write_text(text)
    with pytest.raises(LibraryError, match=r"current\.yaml"):
        Library(shelf).current()


def test_the_card_comes_back_as_written(shelf):
    card = Library(shelf).card(NAME)
    again = msgspec.json.decode(msgspec.json.encode(card), type=Card)
    assert again == card
    assert np.prod([1, *card.inputs[0].shape[1:]]) == 4
