from collections import deque

import numpy as np
import pytest

from engines.expert import ExpertError, Request
from engines.neural.probe import probe_plan
from engines.note import Bar, Note
from engines.skytnt.room import Room
from engines.skytnt.score import Moment, moments_in, moments_of
from engines.skytnt.setting import TRACKS, Setting
from engines.skytnt.tokens import V1, V2, Event
from engines.skytnt.writing import Scribe, Task
from engines.understudy.stage import Stage
from tests.engines.band import GENRES

SETTING = Setting(top_p=0.5)
BAR = 2  # the bar begins at beat 8


class Script:
    """A model that wishes for the notes of a script, one after another, each time it is asked for a row."""

    def __init__(self, wishes, tokens) -> None:
        self.tokens, self.wishes, self.rows, self.asked = tokens, deque(wishes), [], 0

    def read(self, rows, past):
        self.rows += rows
        return past

    def writer(self, past):
        beat = sum(self.tokens.decode(row).values["time1"] for row in self.rows)
        return Pen(self.wishes.popleft() if self.wishes else note(99, "lead"), self.tokens, beat, self)


class Pen:
    def __init__(self, wish, tokens, beat, script) -> None:
        values = {"time1": max(0, wish.time // 16 - beat), "time2": wish.time % 16, "track": wish.track, **wish.values}
        self.row, self.at, self.size = tokens.encode(Event("note", values)), 0, tokens.size
        self.script = script

    def feed(self, token):
        self.at += 1

    def logits(self):
        self.script.asked += 1
        return np.where(np.arange(self.size) == self.row[self.at], np.float32(50), np.float32(0))


def note(unit, voice, pitch=69, velocity=90, duration=4):
    values = {"channel": SETTING.channels[voice], "pitch": pitch, "velocity": velocity, "duration": duration}
    return Moment(BAR * 64 + unit, TRACKS[voice], "note", values)


def scribe(wishes, asked, active, written=None, *, tokens=V2, spend=lambda events: None, setting=SETTING):
    written = written or {}
    request = Request(probe_plan(5), asked, (), written)
    stages = {voice: Stage.of(request, voice, GENRES["uplifting"]) for voice in active}
    settled = [each for voice, bar in written.items() for each in moments_of(bar, voice, SETTING, BAR * 64)]
    task = Task(
        past=None,
        beat=0,
        bar=BAR * 4,
        settled=sorted(settled, key=lambda each: each.place),
        lean=np.zeros(128, np.float32),
        temperature=1.0,
        spend=spend,
    )
    model = Script(wishes, tokens)
    return model, Scribe(model, task, Room(stages, setting, tokens), setting, np.random.default_rng(0))


@pytest.mark.parametrize("tokens", [V1, V2])
def test_what_the_model_wishes_for_is_written_and_read(tokens):
    wishes = [note(0, "lead"), note(8, "lead", 72), note(40, "lead", 76, 110, 12)]
    model, hand = scribe(wishes, ("lead",), ("lead",), tokens=tokens)
    assert hand.write() == wishes
    assert moments_in(model.rows, tokens, 0) == wishes


def test_voices_not_yet_written_are_imagined_heard_and_forgotten():
    wishes = [note(0, "lead"), note(0, "bass", 33), note(4, "arp", 72), note(8, "lead", 72)]
    model, hand = scribe(wishes, ("lead",), ("lead", "bass", "arp"))
    assert hand.write() == [wishes[0], wishes[3]]
    assert moments_in(model.rows, V2, 0) == wishes


def test_a_voice_that_is_written_already_only_lets_time_pass():
    wishes = [note(0, "lead"), note(16, "bass", 33), note(4, "lead"), note(20, "lead")]
    model, hand = scribe(wishes, ("lead",), ("lead", "bass"), {"bass": Bar()})
    found = hand.write()
    assert found[0] == wishes[0]
    assert all(each.time - BAR * 64 >= 16 for each in found[1:])
    assert all(each.track == TRACKS["lead"] for each in moments_in(model.rows, V2, 0))


def test_what_is_settled_is_read_where_it_stands():
    bass = Bar((Note(0, 120, 33, 90), Note(480, 120, 33, 90), Note(1440, 120, 33, 90)))
    wishes = [note(4, "lead")] * 2 + [note(32, "lead")] * 2
    model, hand = scribe(wishes, ("lead",), ("lead", "bass"), {"bass": bass})
    assert [each.time - BAR * 64 for each in hand.write()] == [4, 32]
    read = [(each.time - BAR * 64, each.track) for each in moments_in(model.rows, V2, 0)]
    assert read == [(0, 2), (4, 1), (16, 2), (32, 1)]


def test_a_wish_after_the_bar_ends_it():
    model, hand = scribe([note(0, "lead"), note(64, "lead"), note(8, "lead")], ("lead",), ("lead",))
    assert len(hand.write()) == 1
    assert len(model.wishes) == 1


def test_nothing_is_drawn_where_there_is_no_choice():
    model, hand = scribe([note(0, "lead")], ("lead",), ("lead",))
    hand.write()
    assert model.asked == 6  # beats, unit, pitch, velocity, length: one seat, one channel; then the wait that ends it


def test_events_are_counted_before_they_are_paid_for():
    paid = []

    def spend(events):
        paid.append(events)
        if sum(paid) > 5:
            raise ExpertError("enough")

    _, hand = scribe([note(4 * n, "lead") for n in range(16)], ("lead",), ("lead",), spend=spend)
    with pytest.raises(ExpertError, match="enough"):
        hand.write()
    assert sum(paid) == 6


def test_proposals_are_bounded():
    wishes = [note(4 * n, "lead") for n in range(16)]
    model, hand = scribe(wishes, ("lead",), ("lead",), setting=Setting(events=3, top_p=0.5))
    assert len(hand.write()) == 3
    assert len(model.wishes) == 13
