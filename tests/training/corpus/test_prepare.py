import json

import msgspec
import pytest
from click.testing import CliRunner

from tests.training.corpus.making import band, folder
from training.__main__ import main
from training.corpus import read, store, tune_of, workers
from training.corpus.config import corpus_config
from training.corpus.prepare import Wishes, prepare
from training.corpus.slip import Batch, Made
from training.corpus.step import step

SMALL = msgspec.structs.replace(corpus_config(), shard_items=3)


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    return folder(tmp_path_factory.mktemp("music") / "own")


@pytest.fixture(scope="module")
def made(music, tmp_path_factory):
    out = tmp_path_factory.mktemp("corpus")
    return out, prepare(Wishes(out, midi=(music,), workers=0), SMALL)


def contents(corpus):
    return {path.relative_to(corpus).as_posix(): path.read_bytes() for path in corpus.rglob("*") if path.is_file()}


def test_good_files_are_kept_and_each_other_has_its_reason(made):
    out, manifest = made
    told = [json.loads(line) for line in (out / store.REJECTED).read_text().splitlines()]
    reasons = {row["name"]: row["reasons"][0].split(":")[0] for row in told}
    assert reasons["cut.mid"] == reasons["text.mid"] == reasons["sub/silence.MID"] == "broken file"
    assert reasons["waltz.mid"] == "metre"
    assert reasons["short.mid"] == "too short"
    assert sum(reason == "duplicate" for reason in reasons.values()) == 2  # copy; a transposition of the same notes
    assert manifest.pieces + manifest.rejected == 18
    assert manifest.pieces == 11


def test_pieces_come_back_as_they_were_described(made):
    out, manifest = made
    rows = list(store.lines(out))
    pieces = list(read(out))
    assert len(rows) == len(pieces) == manifest.pieces
    for row, piece in zip(rows, pieces, strict=True):
        assert (row.name, row.source, row.tier) == (piece.name, piece.source, "own")
        assert row.notes == sum(len(track.events) for track in piece.tracks)
        assert {track.role for track in piece.tracks} == {"lead", "bass", "pad", "arp", "drums"}
        assert piece.tempos[0].bpm == pytest.approx(140, abs=0.1)
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(piece), type=type(piece)) == piece


def test_every_side_is_there_and_nothing_like_a_test_song_is_in_train(made):
    out, manifest = made
    assert set(manifest.sides) == set(store.SIDES)
    sides: dict[int, set[str]] = {}
    for row in store.lines(out):
        sides.setdefault(row.cluster, set()).add(row.side)
    assert all(len(side) == 1 for side in sides.values())
    side_of = {row.name: row.side for row in store.lines(out)}
    assert side_of["shorter.mid"] == side_of["song01.mid"]
    assert sum(len(list(read(out, side))) for side in store.SIDES) == manifest.pieces


def test_token_arrays_belong_to_their_pieces(made):
    out, _ = made
    for row, arrays in store.arrays(out):
        assert arrays["lead_tokens"].shape == arrays["lead_bins"].shape == (row.bars, 16)
        assert arrays["drum_velocities"].shape == (row.bars, 16, 9)
        assert (arrays["drum_velocities"][:, ::4, 0] == 110).all()
        assert len(arrays["harmony_tokens"]) == len(arrays["harmony_beats"]) > 3


def test_any_number_of_workers_makes_the_same_bytes(made, music, tmp_path):
    out, _ = made
    prepare(Wishes(tmp_path, midi=(music,), workers=2), SMALL)
    assert contents(tmp_path) == contents(out)


def test_an_interrupted_run_goes_on_and_ends_with_the_same_bytes(made, music, tmp_path):
    out, _ = made
    done: list[str] = []

    def stops(batches):
        for batch in batches:
            if len(done) == 2:
                raise KeyboardInterrupt
            done.append(batch.shard)
            yield step(batch)

    with pytest.raises(KeyboardInterrupt):
        prepare(Wishes(tmp_path, midi=(music,)), SMALL, stops)
    torn = tmp_path / store.SHARDS / f"{done[1]}.slip"
    torn.unlink()  # as if the machine had died between the last two files
    again: list[str] = []

    def counts(batches):
        for batch in batches:
            again.append(batch.shard)
            yield step(batch)

    prepare(Wishes(tmp_path, midi=(music,), resume=True), SMALL, counts)
    assert done[0] not in again
    assert done[1] in again
    assert contents(tmp_path) == contents(out)


def test_a_changed_file_is_read_again_and_its_old_shard_goes(music, tmp_path):
    own = folder(tmp_path / "own", songs=4)
    prepare(Wishes(tmp_path / "c", midi=(own,), workers=0), SMALL)
    before = set(contents(tmp_path / "c"))
    band(77).save(own / "song03.mid")
    prepare(Wishes(tmp_path / "c", midi=(own,), workers=0, resume=True), SMALL)
    after = set(contents(tmp_path / "c"))
    assert 0 < len(before - after) == len(after - before) <= 6


def dies(batch: Batch) -> Made:
    """A step whose reader takes the whole process with it."""
    import os

    if any(item.name == "song01.mid" and item.name not in batch.crashing for item in batch.items):
        os._exit(11)
    return step(batch)


def test_a_file_that_kills_its_reader_is_named_and_the_rest_is_made(music, tmp_path):
    prepare(Wishes(tmp_path, midi=(music,)), SMALL, lambda todo: workers.pool(todo, 2, dies))
    told = [json.loads(line) for line in (tmp_path / store.REJECTED).read_text().splitlines()]
    assert {row["name"]: row["reasons"] for row in told}["song01.mid"] == ["broken file: it crashes the reader"]
    assert "song04.mid" in {row.name for row in store.lines(tmp_path)}


def test_a_folder_that_is_no_corpus_is_left_alone(music, tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(FileExistsError):
        prepare(Wishes(tmp_path, midi=(music,), workers=0))
    assert (tmp_path / "letter.txt").exists()


def test_lead_tunes_have_key_chords_and_backing(made):
    out, manifest = made
    right = 0
    for piece in read(out):
        tune = tune_of(piece)
        assert tune is not None
        shift = 3 if piece.name == "near.mid" else 0
        right += tune.key.relative_major == shift
        assert len(tune.events) > 30
        assert tune.backing is not None
        assert [tune.chords[beat].root for beat in (0, 4, 8, 12)] == [(root + shift) % 12 for root in (0, 9, 5, 7)]
    assert right >= manifest.pieces - 2  # C and F major differ by one note, which chance may leave out


def test_from_a_users_folder_to_an_expert(music, tmp_path):
    runs, models = str(tmp_path / "runs"), str(tmp_path / "models")
    for command in (
        ["train", "lead", "--profile", "smoke", "--midi", str(music), "--runs", runs],
        ["export", "lead", "--corpus", f"{runs}/corpus/own", "--runs", runs, "--models", models, "--version", "v1"],
    ):
        done = CliRunner().invoke(main, command, catch_exceptions=False)
        assert done.exit_code == 0, done.output
    card = json.loads(next((tmp_path / "models").rglob("card.json")).read_text())
    assert [source["folder"] for source in card["sources"]] == ["own-own"]
    assert card["tiers"] == "own"


def test_the_command_prints_the_report(music, tmp_path):
    done = CliRunner().invoke(
        main, ["prepare", "--midi", str(music), "--out", str(tmp_path / "c"), "--workers", "0", "--remi"]
    )
    assert done.exit_code == 0, done.output
    assert "own-own" in done.output
    manifest = store.manifest(tmp_path / "c")
    assert manifest.remi == {"whole": manifest.pieces}
    assert (tmp_path / "c" / "remi.json").exists()
    refused = CliRunner().invoke(main, ["prepare", "--out", str(tmp_path / "d")])
    assert "nothing to read" in refused.output
