from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engines.note import Note
from engines.units import TICKS_PER_BAR, VOICES
from server.player.config import MidiConfig
from server.player.messages import Beat, Gate, GoOn, Load, Panic, Retime, Sounded, Start, Stop
from server.player.player import Player
from server.player.wire import ALL_NOTES_OFF, ALL_SOUND_OFF, NOTE_OFF, NOTE_ON, SUSTAIN
from server.timeline import Timeline
from tests.server.player.fakes import FakeSink, FakeTape, balance

BPM = 125.0  # a tick is 1 ms
LINE = Timeline(BPM, 0, 0.0)


class Stage:
    """A player in virtual time: `run` steps it exactly when it asks to be stepped."""

    def __init__(self, config=None, lead_s=0.0):
        self.sink, self.tape, self.told = FakeSink(lead_s), FakeTape(), []
        self.player = Player(config or MidiConfig(clock_out=False), self.sink, self.tape, self.told.append)
        self.now = 0.0

    def tell(self, *messages):
        for message in messages:
            self.player.receive(message, self.now)
            self.player.step(self.now)

    def run(self, until):
        while (moment := self.player.next_time()) is not None and moment <= until:
            self.now = max(self.now, moment)
            self.player.step(self.now)
        self.now = max(self.now, until)


def bar(index, *notes, voice="lead", start=0):
    return Load(index, index * TICKS_PER_BAR, start, {voice: tuple(Note(*note) for note in notes)})


def test_notes_sound_at_their_ticks_on_both_ports():
    stage = Stage()
    stage.tell(Start(0, LINE), bar(0, (0, 100, 60, 90), (480, 240, 64, 80), voice="bass"))
    stage.run(2.0)
    assert stage.sink.times("bass") == [0.0, 0.48]
    assert stage.sink.times("bass", NOTE_OFF) == [0.1, 0.72]
    assert stage.sink.on("bass")[:2] == [bytes((0x90, 60, 90)), bytes((0x80, 60, 64))]
    assert stage.sink.on("combined")[0] == bytes((0x91, 60, 90))
    assert stage.told[0] == Sounded("bass", 0, Note(0, 100, 60, 90))


def test_the_tape_hears_what_section_a_bar_belongs_to_while_the_music_runs():
    stage = Stage()
    stage.tell(replace(bar(0), section="intro"), Start(0, LINE), replace(bar(1), section="build"))
    stage.tell(replace(bar(1, start=480), section="drop"))
    assert stage.tape.sections == [(TICKS_PER_BAR, "build"), (TICKS_PER_BAR + 480, "drop")]


def test_drums_are_on_channel_ten():
    stage = Stage()
    stage.tell(Start(0, LINE), bar(0, (0, 100, 36, 90), voice="drums"))
    stage.run(1.0)
    assert stage.sink.on("drums")[0][0] == stage.sink.on("combined")[0][0] == 0x99


def test_lead_and_offset_of_a_port():
    stage = Stage(MidiConfig(clock_out=False, offset_ms={"lead": -30.0, "combined": 20.0}), lead_s=0.01)
    stage.tell(Start(0, LINE), bar(0, (480, 100, 60, 90)))
    assert round(stage.player.next_time(), 9) == 0.44
    stage.run(0.45)
    assert stage.sink.times("lead") == [0.45]
    assert stage.sink.times("combined") == [0.5]


def test_tempo_change_retimes_what_is_queued():
    stage = Stage()
    stage.tell(Start(0, LINE), bar(0, (960, 100, 60, 90)))
    stage.run(0.48)
    stage.tell(Retime(LINE.retempo(2 * BPM, 0.48)))
    stage.run(2.0)
    assert stage.sink.times("lead") == [0.48 + 0.24]
    assert stage.tape.events[:2] == [("start", 0, BPM), ("tempo", 480, 2 * BPM)]


def test_load_replaces_the_rest_of_a_bar_of_the_same_voices():
    stage = Stage()
    stage.tell(Start(0, LINE), bar(0, (0, 10, 60, 90), (480, 10, 61, 90), (960, 10, 62, 90)))
    stage.tell(bar(0, (480, 10, 50, 90), voice="bass"))
    stage.tell(bar(0, (480, 10, 71, 90), start=480))
    stage.run(2.0)
    assert [data[1] for data in stage.sink.on("lead") if data[0] == 0x90] == [60, 71]
    assert [data[1] for data in stage.sink.on("bass") if data[0] == 0x90] == [50]


def test_retrigger_releases_first_and_the_stale_release_is_ignored():
    stage = Stage()
    stage.tell(Start(0, LINE), bar(0, (0, 960, 60, 90), (480, 960, 60, 80)))
    stage.run(3.0)
    assert stage.sink.times("lead", NOTE_ON) == [0.0, 0.48]
    assert stage.sink.times("lead", NOTE_OFF) == [0.48, 1.44]
    assert balance(stage.sink.sent) == {}


def test_release_comes_before_a_press_at_the_same_tick():
    stage = Stage()
    stage.tell(Start(0, LINE), bar(0, (0, 480, 60, 90), (480, 480, 60, 80)))
    stage.run(0.5)
    assert [data[0] for data in stage.sink.on("lead")] == [0x90, 0x80, 0x90]


def test_a_rewrite_may_end_what_rings():
    stage = Stage()
    stage.tell(Start(0, LINE), bar(0, (0, 1900, 60, 90)), bar(0, (0, 1900, 40, 90), voice="bass"))
    stage.tell(Load(0, 0, 480, {"lead": (Note(480, 100, 64, 90),)}, hush=("lead",)))
    stage.run(3.0)
    assert stage.sink.times("lead", NOTE_OFF) == [0.48, 0.58]
    assert stage.sink.times("bass", NOTE_OFF) == [1.9]


def test_stop_at_a_tick_drops_what_comes_after_and_releases():
    stage = Stage()
    stage.tell(Start(0, LINE), bar(0, (0, 1900, 60, 90), (960, 10, 61, 90)), Stop(960))
    stage.tell(bar(1, (0, 10, 62, 90)))
    stage.run(5.0)
    assert stage.sink.times("lead", NOTE_ON) == [0.0]
    assert stage.sink.times("lead", NOTE_OFF) == [0.96]


def test_stop_at_once_and_start_elsewhere():
    stage = Stage()
    stage.tell(Start(0, LINE), bar(0, (0, 1900, 60, 90)))
    stage.run(0.5)
    stage.tell(Stop(), bar(0, (900, 10, 61, 90)))
    assert stage.sink.times("lead", NOTE_OFF) == [0.5]
    stage.tell(Start(1920, Timeline(BPM, 1920, 1.0), fresh=False), bar(1, (0, 10, 64, 90)))
    stage.run(2.0)
    assert stage.sink.times("lead", NOTE_ON) == [0.0, 1.0]


def test_a_stop_that_is_taken_back_ends_nothing():
    stage = Stage()
    stage.tell(Start(0, LINE), bar(0, (0, 1900, 60, 90)), Stop(960), GoOn(), bar(0, (1000, 10, 61, 90), start=960))
    stage.run(1.5)
    assert stage.sink.times("lead") == [0.0, 1.0]
    assert stage.sink.times("lead", NOTE_OFF) == [1.01]
    stage.tell(Stop(1600))
    stage.run(3.0)
    assert stage.sink.times("lead", NOTE_OFF) == [1.01, 1.6]


def test_gate_silences_one_voice_from_a_tick_on():
    stage = Stage()
    stage.tell(Start(0, LINE), Gate("lead", open=False, tick=480), Gate("bass", open=False))
    stage.tell(bar(0, (0, 960, 60, 90), (480, 10, 62, 90)), bar(0, (0, 10, 40, 90), voice="bass"))
    stage.tell(Gate("lead", open=True, tick=960), bar(1, (0, 10, 65, 90)))
    stage.run(4.0)
    assert stage.sink.times("lead", NOTE_ON) == [0.0, 1.92]
    assert stage.sink.times("lead", NOTE_OFF)[0] == 0.48
    assert stage.sink.on("bass") == []


def test_panic_releases_first_then_controls_then_nothing_until_it_resumes():
    stage = Stage()
    stage.tell(Start(0, LINE), bar(0, (0, 1900, 60, 90), (960, 10, 61, 90)), bar(1, (0, 10, 62, 90)))
    stage.run(0.5)
    stage.tell(Panic(1920))
    lead = stage.sink.on("lead")[1:]
    assert lead[0] == bytes((0x80, 60, 64))
    assert [data[1] for data in lead[1:]] == [SUSTAIN, ALL_NOTES_OFF, ALL_SOUND_OFF]
    assert stage.sink.hurried == 1
    stage.run(3.0)
    assert stage.sink.times("lead", NOTE_ON) == [0.0, 1.92]


def test_a_panic_at_a_tick_silences_what_sounds_there_and_nothing_that_begins_with_it():
    stage = Stage()
    stage.tell(Start(0, LINE), bar(0, (960, 1900, 60, 90)), bar(1, (0, 10, 62, 90)))
    stage.tell(Panic(1920, 1920))
    stage.run(3.0)
    lead = stage.sink.on("lead")
    assert [data[:2] for data in lead[:2]] == [bytes((0x90, 60)), bytes((0x80, 60))]
    assert [data[1] for data in lead[2:5]] == [SUSTAIN, ALL_NOTES_OFF, ALL_SOUND_OFF]
    assert stage.sink.times("lead", NOTE_OFF)[0] == stage.sink.times("lead", NOTE_ON)[1] == 1.92


def test_a_panic_at_a_tick_that_never_comes_is_heard_when_the_music_ends():
    stage = Stage()
    stage.tell(Start(0, LINE), bar(0, (0, 960, 60, 90)), Panic(1920, 1920))
    stage.run(0.5)
    stage.tell(Stop())
    assert stage.sink.on("lead")[-1][1] == ALL_SOUND_OFF


def test_what_was_missed_is_not_rushed():
    stage = Stage()
    stage.tell(Start(0, LINE), bar(0, *((onset, 60, 60, 90) for onset in range(0, 1920, 120))))
    stage.now = 1.0  # the process was stopped for a second
    stage.player.step(1.0)
    assert stage.sink.times("lead") == [0.0, 0.96]
    assert stage.player.tally.dropped == 7
    pulse = stage.player.tally.pulse(1.0, 0)
    assert pulse.late == {"lead": 1}
    assert round(pulse.worst_ms) == 40
    stage.run(1.06)
    assert stage.sink.times("lead", NOTE_OFF)[1:] == [1.06]  # a late note keeps its length: 40 + 60 ticks


def test_silence_once_when_main_feeds_no_more():
    stage = Stage()
    stage.tell(Start(0, LINE), bar(0, (0, 1900, 60, 90)))
    stage.run(1.91)
    stage.tell(Beat(1.91))
    stage.player.watch(stage.now)
    assert stage.sink.on("lead")[-1][0] == 0x80
    stage.run(1.95)
    stage.player.watch(1.95)
    stage.player.watch(1.99)
    assert [data[1] for data in stage.sink.on("lead") if data[0] == 0xB0] == [SUSTAIN, ALL_NOTES_OFF]


def test_no_silence_while_main_feeds():
    stage = Stage()
    stage.tell(Start(0, LINE), bar(0, (0, 100, 60, 90)), bar(1))
    stage.run(1.93)
    stage.tell(Beat(1.93))
    stage.player.watch(1.93)
    assert all(data[0] & 0xF0 != 0xB0 for data in stage.sink.on("lead"))


notes = st.builds(Note, st.integers(0, 1919), st.integers(1, 1920), st.integers(60, 62), st.integers(1, 127))
ticks = st.none() | st.integers(0, 5000)
messages = st.one_of(
    st.builds(
        lambda bar, start, voices, hush: Load(bar, bar * TICKS_PER_BAR, start, voices, tuple(voices) if hush else ()),
        st.integers(0, 2),
        st.sampled_from((0, 480, 960)),
        st.dictionaries(st.sampled_from(VOICES), st.lists(notes, max_size=8).map(tuple), max_size=3),
        st.booleans(),
    ),
    st.builds(Start, st.sampled_from((0, 1920)), st.builds(Timeline, st.floats(40, 300), st.just(0), st.floats(0, 3))),
    st.builds(Retime, st.builds(Timeline, st.floats(40, 300), st.integers(0, 4000), st.floats(0, 5))),
    st.builds(Stop, ticks),
    st.builds(GoOn),
    st.builds(Gate, st.sampled_from(VOICES), st.booleans(), ticks),
    st.builds(Panic, st.integers(0, 4000), st.none() | st.integers(0, 4000)),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(messages, st.floats(0, 1.5)), max_size=25), st.sampled_from((0.0, 0.0127)))
def test_every_press_is_followed_by_exactly_one_release(happenings, lead_s):
    stage = Stage(lead_s=lead_s)
    stage.tell(Start(0, LINE))
    for message, pause in happenings:
        stage.tell(message)
        stage.run(stage.now + pause)
        assert len(balance(stage.sink.sent)) == 0 or stage.player.sounding > 0
    stage.player.release_all(stage.now)
    assert balance(stage.sink.sent) == {}
    tally = stage.player.tally
    presses = sum(data[0] & 0xF0 == NOTE_ON for port, _, data in stage.sink.sent if port == "combined")
    assert tally.pressed == tally.released == presses
    kinds = [event[0] for event in stage.tape.events]
    assert kinds.count("press") == kinds.count("release") == presses


@settings(max_examples=50, deadline=None)
@given(st.lists(notes, max_size=20), st.lists(st.tuples(st.floats(40, 300), st.floats(0.01, 1)), max_size=5))
def test_no_tempo_change_loses_or_doubles_a_note(content, changes):
    stage = Stage()
    content = list({(note.onset, note.pitch): note for note in content}.values())
    timeline = LINE
    stage.tell(Start(0, LINE), Load(0, 0, 0, {"lead": tuple(content)}))
    for bpm, pause in changes:
        stage.run(stage.now + pause)
        timeline = timeline.retempo(bpm, stage.now)
        stage.tell(Retime(timeline))
    stage.run(stage.now + 20)
    assert len(stage.sink.times("lead")) == len(content)
    assert balance(stage.sink.sent) == {}
