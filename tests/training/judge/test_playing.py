import pytest

from engines.expert import ExpertError, Request
from engines.genre import load_genres
from engines.measure.line import line_of, placed
from engines.note import Bar
from engines.theory.chord import Chord
from server.config import genres_folder
from server.config import load as load_config
from tests.training.judge.making import made, melody, small
from training.judge.heard import task
from training.judge.playing import Given, Stage, Task, loop, voice_of


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage(load_genres(genres_folder(load_config())), small())


class Broken:
    name, version, voices = "broken", "1", ("lead",)

    def write(self, request: Request) -> dict[str, Bar]:
        raise ExpertError("no")


def test_chords_as_the_live_loop_has_them() -> None:
    a, b, c = (Chord.parse(name) for name in ("Am", "F", "C"))
    assert loop([a, a, a, a, a, a, b, b, a, b, b, b, c]) == ((a,), (a, b), (a, b, b, b), (c,))


def test_everybody_plays_the_blueprint_s_chords_under_its_wishes(stage: Stage) -> None:
    blueprint = made(1)[0]
    played = stage.play({}, task(blueprint, 0, small()))
    assert [bar.plan.chords for bar in played] == [blueprint.chords[n : n + 4] for n in range(0, 32, 4)]
    assert [bar.plan.next_chord for bar in played] == list(blueprint.chords[4::4])
    assert [bar.plan.mean_tension for bar in played] == pytest.approx(list(blueprint.tension))
    assert [bar.plan.density["lead"] for bar in played] == pytest.approx(list(blueprint.density))
    assert played[0].plan.key == blueprint.key
    assert all(voice_of(played, voice)[4].notes for voice in ("lead", "bass", "pad", "drums"))


def test_the_same_task_is_the_same_music(stage: Stage) -> None:
    asked = task(made(1)[0], 0, small())
    one, other = stage.play({}, asked), stage.play({}, asked)
    assert [bar.bars for bar in one] == [bar.bars for bar in other]
    different = Task(asked.chords, asked.key, asked.tension, asked.density, seed=5)
    assert [bar.bars for bar in stage.play({}, different)] != [bar.bars for bar in one]


def test_a_given_melody_is_played_as_it_is_and_others_hear_it(stage: Stage) -> None:
    blueprint = made(1)[0]
    heard: list[Request] = []

    class Listening:
        name, version, voices = "listening", "1", ("bass",)

        def write(self, request: Request) -> dict[str, Bar]:
            heard.append(request)
            return {"bass": Bar()}

    experts = {"lead": Given("lead", blueprint.melody), "bass": Listening()}
    played = stage.play(experts, task(blueprint, 0, small()))
    line = line_of(placed(voice_of(played, "lead")), 8)
    assert line.notes.tolist() == [note[2] for note in melody(0)[: len(blueprint.melody)]]
    assert heard[3].written["lead"] == played[3].bars["lead"]
    assert heard[3].history[-1].bars["lead"] == played[2].bars["lead"]


def test_an_expert_that_fails_is_covered_and_counted(stage: Stage) -> None:
    before = stage.failures
    asked = task(made(1)[0], 0, small())
    assert [b.bars for b in stage.play({"lead": Broken()}, asked)] == [b.bars for b in stage.play({}, asked)]
    assert stage.failures == before + 8
