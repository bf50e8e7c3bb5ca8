import re
from itertools import pairwise

import msgspec
import pytest

from tests.training.judge.cards import excerpt, excerpts
from training.judge.page_curves import curves, obeyed
from training.judge.page_rolls import roll, space
from training.judge.page_scenes import cast, label, scenes
from training.judge.result import LEARNED, REAL, UNDERSTUDY


def test_players_of_one_blueprint_stand_side_by_side():
    one, two = scenes(excerpts(2))
    assert [view.label for view in one.views] == ["real music", "learned", "rules"]
    assert [view.label for view in one.around] == ["learned around melody", "rules around melody"]
    assert [view.excerpt.player for view in one.realised] == [LEARNED, UNDERSTUDY]
    assert two.blueprint == "song1:0"


def test_every_note_of_every_voice_is_a_box_within_the_roll():
    each = excerpt("song:0", LEARNED)
    within = space([each])
    drawn = roll(each, within, "learned")
    boxes = {voice: re.findall(rf'd="([^"]*)" class="note {voice}"', drawn)[0] for voice in each.notes}
    assert {voice: path.count("M") for voice, path in boxes.items()} == dict.fromkeys(each.notes, 16)
    heights = [float(y) for path in boxes.values() for y in re.findall(r"M[\d.]+ ([\d.]+)", path)]
    assert 0 < min(heights) <= max(heights) < within.height


def test_higher_sounds_stand_higher_and_later_sounds_further_right():
    each = msgspec.structs.replace(excerpt("s", LEARNED), notes={"lead": [(0, 480, 60, 90), (960, 480, 72, 90)]})
    (path,) = re.findall(r'd="([^"]*)" class="note lead"', roll(each, space([each]), ""))
    (x0, y0), (x1, y1) = (map(float, found) for found in re.findall(r"M([\d.]+) ([\d.]+)", path))
    assert x0 < x1
    assert y0 > y1


def test_all_rolls_of_a_blueprint_share_their_pitches():
    both = [excerpt("s", REAL), excerpt("s", LEARNED, 12)]
    within = space(both)
    notes = [n for each in both for voice, found in each.notes.items() if voice != "drums" for n in found]
    assert within.low == min(n[2] for n in notes)
    assert within.high == max(n[2] for n in notes)


def test_chord_names_on_one_line_never_run_into_each_other():
    each = msgspec.structs.replace(excerpt("s", LEARNED), chords=[["G#sus4", "G#m7/D#", "C#m", "E"], ["Am"]])
    lines: dict[str, list[tuple[float, float]]] = {}
    for attributes, name in re.findall(r"<text([^>]*)>([^<]*)<", roll(each, space([each]), "")):
        of = dict(re.findall(r'(\w+)="([^"]*)"', attributes))
        lines.setdefault(of["y"], []).append((float(of["x"]), float(of.get("textLength", len(name) * 5.6))))
    assert sum(map(len, lines.values())) == 5
    for found in lines.values():
        assert all(x + wide <= after for (x, wide), (after, _) in pairwise(found))


def test_an_excerpt_of_silence_has_a_roll():
    each = msgspec.structs.replace(excerpt("s", LEARNED), notes={}, chords=[])
    assert "svg" in roll(each, space([each]), "nobody")


def test_obedience_is_told_where_tension_was_asked_and_realised():
    each = excerpt("s", LEARNED)
    assert obeyed(each) == pytest.approx(1.0)
    assert obeyed(msgspec.structs.replace(each, realised=[0.9, 0.1])) == pytest.approx(-1.0)
    assert obeyed(excerpt("s", REAL)) is None


def test_curves_rise_with_the_tension_and_stay_within_their_drawing():
    drawn = curves([0.0, 1.0], {LEARNED: [-0.5, 1.5]}, "s")
    (points,) = re.findall(r'points="([^"]*)"', drawn)
    heights = [float(point.split(",")[1]) for point in points.split()]
    box = [float(each) for each in re.findall(r'viewBox="([^"]*)"', drawn)[0].split()]
    assert 0 <= heights[1] < heights[0] <= box[3]


def test_players_and_casts_in_words():
    assert label(f"{UNDERSTUDY} around melody") == "rules around melody"
    assert label("somebody") == "somebody"
    each = msgspec.structs.replace(
        excerpt("s", LEARNED), experts={"lead": "lead-gru v1", "bass": "rules", "pad": "rules"}
    )
    assert cast(each) == "lead: lead-gru v1; bass, pad: rules"
