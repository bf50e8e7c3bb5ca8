"""A band without deadlines: answers the composer at once with the understudies."""

from pathlib import Path

import configs
from engines.composer import Composed, Composition, Score, compose
from engines.control.state import Control, Loop, steady
from engines.expert import HarmonyRequest
from engines.form import FormRequest
from engines.genre import load_genres
from engines.theory.key import Key
from engines.theory.numeral import parse_loop
from engines.understudy import Rules
from engines.understudy.form import RuleForm
from engines.understudy.harmony import RuleHarmony

GENRES = load_genres(Path(configs.__file__).parent / "genres")
RULES = Rules(GENRES)
HARMONY = RuleHarmony(GENRES)
FORM = RuleForm()


def control(**wishes) -> Control:
    base = {
        "genre": "uplifting",
        "section": "drop",
        "tension": steady(0.5),
        "harmony": Loop(parse_loop(["Am F C G"])),
        "key": Key.parse("Am"),
        "tempo": steady(138.0),
    }
    return Control(**(base | wishes))


def answer(request):
    """Answer any question of the composer as the rules do."""
    chooser = {HarmonyRequest: HARMONY, FormRequest: FORM}.get(type(request))
    return chooser.choose(request) if chooser else RULES.write(request)


def play(composition: Composition) -> Composed:
    found = None
    try:
        while True:
            ask = composition.send(found) if found is not None else next(composition)
            found = answer(ask.request)
    except StopIteration as done:
        return done.value


def perform(controls: list[Control], score: Score | None = None) -> list[Composed]:
    bars = []
    score = score or Score()
    for wish in controls:
        bars.append(play(compose(score, wish, GENRES[wish.genre], 138.0)))
        score = bars[-1].score
    return bars
