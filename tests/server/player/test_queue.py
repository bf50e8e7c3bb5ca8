from hypothesis import given
from hypothesis import strategies as st

from engines.note import Note
from engines.units import TICKS_PER_BAR
from server.player.messages import Gate, Load, Stop
from server.player.queue import Hush, Press, Release, TickQueue

NOTE = Note(0, 10, 60, 90)
RANK = {Release: 0, Hush: 1, Gate: 1, Stop: 1, Press: 2}

events = st.sampled_from(
    (Release("lead", 60, 1), Hush("lead"), Gate("lead", open=True), Stop(), Press("lead", 0, NOTE))
)


def drain(queue, until=10**9):
    taken = []
    while (item := queue.pop(until)) is not None:
        taken.append(item)
    return taken


@given(st.lists(st.tuples(st.integers(0, 5), events)))
def test_events_come_by_tick_releases_first_presses_last(items):
    queue = TickQueue()
    for tick, event in items:
        queue.add(tick, event)
    taken = drain(queue)
    keys = [(tick, RANK[type(event)]) for tick, event in taken]
    assert keys == sorted(keys)
    assert len(taken) == len(items)


@given(st.lists(st.tuples(st.integers(0, 100), events)), st.integers(0, 100))
def test_nothing_comes_before_its_tick(items, until):
    queue = TickQueue()
    for tick, event in items:
        queue.add(tick, event)
    assert all(tick <= until for tick, _ in drain(queue, until))
    assert queue.next_tick() is None or queue.next_tick() > until


starts = st.sampled_from((0, 480, 960))
onsets = st.lists(st.integers(0, TICKS_PER_BAR - 1), max_size=8)


@given(onsets, starts, onsets)
def test_a_load_replaces_its_bar_and_voices_from_its_start_on(old, start, new):
    queue = TickQueue()

    def notes(ticks, velocity):
        return {"lead": tuple(Note(onset, 10, 60, velocity) for onset in ticks)}

    queue.load(Load(3, 3 * TICKS_PER_BAR, 0, notes(old, 1) | {"bass": (NOTE,)}))
    queue.load(Load(4, 4 * TICKS_PER_BAR, 0, notes(old, 2)))
    queue.load(Load(3, 3 * TICKS_PER_BAR, start, notes(new, 3)))
    taken = [(tick, event.note.velocity) for tick, event in drain(queue) if event.voice == "lead"]
    kept = [(3 * TICKS_PER_BAR + onset, 1) for onset in old if onset < start]
    fresh = [(3 * TICKS_PER_BAR + onset, 3) for onset in new if onset >= start]
    later = [(4 * TICKS_PER_BAR + onset, 2) for onset in old]
    assert sorted(taken) == sorted(kept + fresh + later)


def test_presses_are_dropped_and_releases_stay():
    queue = TickQueue()
    for tick in (10, 20, 30):
        queue.add(tick, Press("lead", 0, NOTE))
        queue.add(tick, Release("lead", 60, tick))
    queue.drop_presses(since=30, before=20)
    assert [(tick, type(event)) for tick, event in drain(queue)] == [
        (10, Release), (20, Release), (20, Press), (30, Release),
    ]  # fmt: skip
    assert queue.presses() == len(queue) == 0


def test_clear_tells_what_was_there():
    queue = TickQueue()
    queue.add(5, Stop())
    queue.add(1, Gate("lead", open=False))
    assert queue.clear() == [Gate("lead", open=False), Stop()]
    assert queue.next_tick() is None
