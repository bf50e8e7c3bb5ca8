import pytest

from engines.expert import Request
from engines.genre import load_genres
from engines.note import Bar, Note
from server.config import genres_folder
from server.config import load as load_config
from tests.training.judge.making import made, small
from training.judge.playing import Stage
from training.judge.result import LEARNED, UNDERSTUDY
from training.judge.tension import judge, task, wishes


class Obedient:
    """Plays more, higher and louder as it is asked to; or always the same."""

    name, version, voices = "obedient", "1", ("lead",)

    def __init__(self, *, deaf: bool) -> None:
        self.deaf = deaf

    def write(self, request: Request) -> dict[str, Bar]:
        wish = 0.5 if self.deaf else request.plan.mean_tension
        count = 1 + round(11 * wish)
        chord = request.plan.chords[0]
        pitch = chord.tones(round(58 + 24 * wish), 127)[0]
        return {"lead": Bar.of(Note(n * 120, 100, pitch, round(50 + 60 * wish)) for n in range(count))}


def test_wishes_go_round_shapes_within_their_range() -> None:
    shapes = [wishes(16, number, 0) for number in range(6)]
    assert all(len(shape) == 16 and min(shape) >= 0 and max(shape) <= 1 for shape in shapes)
    assert list(shapes[0]) == sorted(shapes[0])
    assert list(shapes[1]) == sorted(shapes[1], reverse=True)
    assert len(set(shapes)) == 6
    assert wishes(16, 5, 0) == wishes(16, 5, 0) != wishes(16, 5, 1)


def test_a_piece_goes_over_the_blueprint_s_chords_again_and_again() -> None:
    blueprint = made(1)[0]
    asked = task(blueprint, 0, small())
    assert len(asked.chords) == 16 * 4 + 1
    assert asked.chords[32:64] == asked.chords[:32] == blueprint.chords[:32]
    assert len(asked.tension) == 16


def test_obeying_shows_and_being_deaf_shows() -> None:
    stage, numbers = Stage(load_genres(genres_folder(load_config())), small()), small()
    tasks = [task(each, n, numbers) for n, each in enumerate(made(2)[:4])]
    players = {
        who: [(each, stage.play({"lead": Obedient(deaf=deaf)}, each)) for each in tasks]
        for who, deaf in ((LEARNED, False), (UNDERSTUDY, True))
    }
    found = {figure.name: figure for figure in judge(players, numbers)}
    assert found["lead.tension_spearman"].value > 0.9
    assert abs(found["lead.tension_spearman"].baseline) < 0.5
    assert found["lead.tension_shuffled"].value < 0.25  # four pieces, five shuffles
    assert found["band.tension_spearman"].value == pytest.approx(found["band.tension_spearman"].value)
