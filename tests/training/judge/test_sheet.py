import itertools
import json
import re

import mido
import msgspec
import pytest

from tests.training.judge.cards import HOSTILE, Pages, excerpt, excerpts, result
from training.judge import sheet as module
from training.judge.result import LEARNED, REAL, UNDERSTUDY
from training.judge.sheet import KEY, Key, Shown, sheet_page, write_sheets
from training.judge.sheet_audio import NoSoundError
from training.judge.sheet_pairs import ABOUT, pairs


@pytest.fixture(autouse=True)
def _silent(monkeypatch):
    def nothing(sound):
        raise NoSoundError("none here")

    monkeypatch.setattr(module, "soundfont", nothing)


def sheets(folder, blueprints=4, seed=1):
    count = write_sheets(result(blueprints), folder / "listen", seed)
    key = msgspec.json.decode((folder / KEY).read_bytes(), type=Key)
    return count, key, {file.name: file.read_bytes() for file in sorted((folder / "listen").iterdir())}


def test_every_kind_of_pair_is_heard_once_a_blueprint():
    found = pairs(excerpts(4), 0)
    assert sorted(pair.kind for pair in found) == sorted(list(ABOUT) * 4)
    for pair in found:
        assert {pair.a.player, pair.b.player} == {LEARNED, UNDERSTUDY if pair.kind == "band" else REAL}


def test_both_sides_differ_in_what_is_judged_and_in_nothing_else():
    for pair in pairs(excerpts(3), 0):
        differ = {voice for voice in pair.a.notes if pair.a.notes[voice] != pair.b.notes[voice]}
        assert list(pair.a.notes) == list(pair.b.notes)
        assert differ == {"band": set(pair.a.notes), "melody": {"lead"}, "accompaniment": {"piano"}}[pair.kind]


def test_sides_that_play_the_same_are_no_pair():
    same = [excerpt("s", LEARNED), excerpt("s", UNDERSTUDY)]
    assert not pairs(same, 0)
    assert not pairs([excerpt("s", LEARNED)], 0)


@pytest.mark.parametrize("seed", range(5))
def test_each_player_is_a_as_often_as_b(seed):
    found = pairs(excerpts(6), seed)
    for kind in ABOUT:
        assert sum(pair.a.player == LEARNED for pair in found if pair.kind == kind) == 3


def test_seeds_repeat_and_differ():
    def order(seed):
        return [(pair.kind, pair.a.player, pair.source.blueprint) for pair in pairs(excerpts(4), seed)]

    assert order(3) == order(3)
    assert len({tuple(order(seed)) for seed in range(5)}) == 5


def test_the_same_judgement_and_seed_make_the_same_sheet(tmp_path):
    one, two, other = (sheets(tmp_path / name, seed=seed) for name, seed in (("a", 1), ("b", 1), ("c", 2)))
    assert one == two
    assert one[1].sheet != other[1].sheet


def test_the_folder_that_listeners_get_does_not_tell_who_plays(tmp_path):
    count, key, files = sheets(tmp_path)
    assert count == len(key.pairs) == 12
    assert set(files) == {"index.html", *(f"{n:02}-{side}.mid" for n in range(1, 13) for side in "ab")}
    page = files["index.html"].decode()
    for told in (LEARNED, UNDERSTUDY, "rules", "real", "lead-gru", KEY, "song0"):
        assert not re.search(rf"\b{re.escape(told)}\b", page), told
    for name, data in files.items():
        if name.endswith(".mid"):
            assert not re.search(rb"learned|understudy|rules|gru|song", data)


def test_the_page_of_a_sheet_is_the_same_whoever_plays(tmp_path):
    swapped = [
        msgspec.structs.replace(each, player={LEARNED: UNDERSTUDY, UNDERSTUDY: LEARNED}.get(each.player, each.player))
        for each in excerpts(4)
    ]
    band = [each for each in excerpts(4) if each.player in {LEARNED, UNDERSTUDY}]
    mirrored = [each for each in swapped if each.player in {LEARNED, UNDERSTUDY}]
    texts = []
    for name, heard in (("a", band), ("b", mirrored)):
        write_sheets(msgspec.structs.replace(result(), excerpts=heard), tmp_path / name / "listen", 1)
        texts.append((tmp_path / name / "listen" / "index.html").read_bytes())
    assert texts[0] == texts[1]
    assert (tmp_path / "a" / KEY).read_bytes() == (tmp_path / "b" / KEY).read_bytes()


def test_both_files_of_a_pair_are_built_alike(tmp_path):
    _, key, _ = sheets(tmp_path)
    for answer in key.pairs:
        sides = [mido.MidiFile(tmp_path / "listen" / f"{answer.pair:02}-{side}.mid") for side in "ab"]
        shapes = [
            [(m.dict() if m.type not in {"note_on", "note_off"} else None) for track in side.tracks for m in track[:3]]
            for side in sides
        ]
        assert shapes[0] == shapes[1]
        assert sides[0].length == pytest.approx(sides[1].length)


def test_an_earlier_sheet_leaves_nothing_behind(tmp_path):
    sheets(tmp_path, blueprints=4)
    _, key, files = sheets(tmp_path, blueprints=1)
    assert len(files) == 1 + 2 * len(key.pairs) == 7


def test_without_excerpts_there_is_no_sheet(tmp_path):
    assert write_sheets(result(0), tmp_path / "listen") == 0
    assert not list(tmp_path.iterdir())


def test_the_page_plays_and_collects():
    text = sheet_page("abc", [Shown(1, "the melody", "01-a", "01-b"), Shown(2, "the whole band", "02-a", "02-b")])
    shown = Pages(text)
    assert [each["src"] for each in shown.all("audio")] == ["01-a.ogg", "01-b.ogg", "02-a.ogg", "02-b.ogg"]
    assert all(each["aria-label"] for each in shown.all("audio"))
    votes = [(each["name"], each["value"]) for each in shown.all("input") if each.get("type") == "radio"]
    assert votes == list(itertools.product(("vote1", "vote2"), ("a", "same", "b")))
    assert len(shown.all("textarea")) == 2
    assert not re.search(r"https?:|url\(|fetch\(|XMLHttp", text)
    assert "default-src 'none'" in text


def test_without_sound_the_page_says_why_and_still_collects():
    shown = Pages(sheet_page("abc", [Shown(1, "the melody", "01-a", "01-b")], HOSTILE))
    assert HOSTILE in shown.text
    assert not shown.all("audio") + shown.all("img")
    assert len(shown.all("script")) == 1


def test_the_key_says_who_plays_and_lies_outside(tmp_path):
    _, key, files = sheets(tmp_path)
    told = json.loads((tmp_path / KEY).read_text())
    assert told["pairs"][0]["a"] in {LEARNED, UNDERSTUDY, REAL}
    assert KEY not in files
    heard = pairs(result(4).excerpts, 1)
    assert [(each.a, each.b, each.blueprint) for each in key.pairs] == [
        (pair.a.player, pair.b.player, pair.source.blueprint) for pair in heard
    ]
