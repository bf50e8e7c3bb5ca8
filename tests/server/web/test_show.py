from hypothesis import given
from hypothesis import strategies as st

from engines.conductor import Cursor
from server.player.messages import Gate, GoOn, Panic, Start, Stop
from server.timeline import Timeline
from server.web.messages import KEPT_BARS, Bar, Plan
from server.web.show import Gates, Show, joined

PLAN = Plan("drop", 0, 8, None, (0.5,) * 4, 1.0, "Am", ("Am",) * 4, "Am", 138.0)


def bar(number, start=0, hush=(), **notes):
    return Bar(number, number * 1920, start, hush, notes, PLAN, {}, 1.0)


def test_only_the_last_bars_are_kept():
    show = Show(lambda: 0)
    for number in range(100):
        show.write(bar(number), Cursor(number + 1))
    assert [each.bar for each in show.bars] == [*range(99 - KEPT_BARS, 100)]
    assert (show.decided, show.cursor.bar) == (100, 100)


def test_a_bar_written_anew_is_joined_and_counted_once():
    old = bar(3, lead=((0, 960, 60, 90), (960, 960, 62, 90)), pad=((0, 1920, 48, 70),))
    new = bar(3, start=930, hush=("pad",), lead=((960, 480, 64, 90),), pad=((930, 990, 50, 70),))
    show = Show(lambda: 0)
    show.write(old, Cursor(4))
    show.write(new, Cursor(4))
    (whole,) = show.bars
    assert whole == joined(old, new)
    assert whole.notes == {
        "lead": ((0, 960, 60, 90), (960, 480, 64, 90)),
        "pad": ((0, 930, 48, 70), (930, 990, 50, 70)),
    }
    assert (whole.start, whole.hush, show.decided) == (0, (), 1)


def test_a_new_beginning_forgets_what_it_overrules():
    tick = 0.0
    show = Show(lambda: tick)
    for number in range(8):
        show.write(bar(number), Cursor(number + 1))
    show.tell(Stop(8 * 1920))
    show.tell(Panic(1920))
    assert show.told == (Panic(1920), Stop(8 * 1920))
    show.tell(Start(6 * 1920, Timeline(138.0, 0, 0), fresh=False))
    assert ([each.bar for each in show.bars], show.told, show.cursor) == ([*range(6)], (), None)
    show.tell(Start(0, Timeline(138.0, 0, 0)))
    assert show.bars == ()


def test_a_stop_taken_back_brings_back_the_bars_behind_it():
    show = Show(lambda: 0)
    for number in range(4):
        show.write(bar(number), Cursor(number + 1))
    show.tell(Stop(3 * 1920))
    assert [each.bar for each in show.tell(GoOn())] == [3]
    assert show.told == ()
    assert show.tell(GoOn()) == ()


def test_a_panic_holds_until_its_music_goes_on():
    tick = 0.0
    show = Show(lambda: tick)
    show.tell(Panic(1920))
    assert show.told == (Panic(1920),)
    tick = 1920.0
    assert show.told == ()


WORDS = st.lists(
    st.tuples(st.floats(0, 500), st.sampled_from("ab"), st.booleans(), st.none() | st.integers(0, 4000)), max_size=20
)


@given(WORDS, st.floats(0, 500))
def test_gates_are_remembered_as_a_player_would_have_them(words, later):
    """A player hears a gate at its tick, or at once where that has passed; the last one in time rules."""
    gates, heard, now = Gates(), [], 0.0
    for pause, voice, is_open, tick in words:
        now += pause
        gates.add(Gate(voice, is_open, tick), now)
        due = now if tick is None else max(now, tick)
        heard.append((due, len(heard), voice, is_open))
    now += later
    state = {voice: is_open for due, _, voice, is_open in sorted(heard) if due <= now}
    told = gates.told(now)
    assert {gate.voice for gate in told if gate.tick is None} == {
        voice for voice, is_open in state.items() if not is_open
    }
    ahead = [(due, voice, is_open) for due, _, voice, is_open in sorted(heard) if due > now]
    assert sorted((gate.tick, gate.voice) for gate in told if gate.tick is not None) == sorted(
        (due, voice) for due, voice, _ in ahead
    )
    gates.settle()
    final = {voice: is_open for _, _, voice, is_open in sorted(heard)}
    assert {gate.voice for gate in gates.told(now)} == {voice for voice, is_open in final.items() if not is_open}
