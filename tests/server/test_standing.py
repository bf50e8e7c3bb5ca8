from hypothesis import given
from hypothesis import strategies as st

from engines.control.desk import Desk
from engines.control.tree import When
from server.records import Commanded, Decided, Stood
from server.resume import Papers, Resume, remember
from server.standing import after
from tests.engines.band import control
from tests.server.stagehand import GENRES, Lexicon


def lexicon() -> Lexicon:
    return Lexicon(sections=tuple(GENRES["uplifting"].sections), genres=tuple(GENRES), experts={}, scenes=())


def stood(*commands: Commanded) -> Stood:
    state = after(None, Decided(0, 0, control()))
    for command in commands:
        state = after(state, command)
    assert state is not None
    return state


def test_a_sensor_that_tells_the_same_for_weeks_is_one_wish():
    said = [Commanded(0, address, (value,), "bar") for value in (0.1, 0.2) * 500 for address in ("tension", "density")]
    assert stood(*said).wishes == (Commanded(0, "tension", (0.2,), "bar"), Commanded(0, "density", (0.2,), "bar"))


WORDS = st.one_of(
    st.tuples(st.sampled_from(["tension", "density", "voice/lead/level"]), st.tuples(st.floats(0, 1, width=16))),
    st.tuples(st.sampled_from(["autopilot", "voice/bass/mute", "hold"]), st.tuples(st.integers(0, 1))),
    st.tuples(st.just("section"), st.tuples(st.sampled_from(["drop", "build", "intro"]))),
    st.tuples(st.sampled_from(["again", "chords/auto"]), st.just(())),
    st.tuples(st.just("chord"), st.tuples(st.sampled_from(["Am", "Dm"]))),
)


@given(st.lists(st.tuples(WORDS, st.sampled_from(["bar", "phrase", "section"])), max_size=12))
def test_what_is_left_out_makes_no_difference_to_what_is_wished(said):
    commands = tuple(Commanded(0, path, (*args, when), when) for (path, args), when in said)
    desks = []
    for wishes in (stood(*commands).wishes, commands):
        desks.append(Desk(control()))
        remember(desks[-1], Resume(Papers("", ""), Stood(control(), wishes, playing=True)), lexicon)
    short, whole = desks
    assert short.pending == whole.pending
    for when in When:
        assert short.take(when, 1920) == whole.take(when, 1920)
        assert short.control == whole.control
