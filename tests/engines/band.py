"""A band without deadlines: answers the composer at once with the understudies."""

from pathlib import Path

import configs
from engines.composer import Composed, Composition, Score, compose
from engines.control.state import Control, Loop, steady
from engines.genre import load_genres
from engines.theory.key import Key
from engines.theory.numeral import parse_loop
from engines.understudy import Rules
from engines.understudy.harmony import RuleHarmony

GENRES = load_genres(Path(configs.__file__).parent / "genres")
RULES = Rules(GENRES)
HARMONY = RuleHarmony(GENRES)


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


def play(composition: Composition) -> Composed:
    answer = None
    try:
        while True:
            ask = composition.send(answer) if answer is not None else next(composition)
            answer = HARMONY.choose(ask.request) if ask.chair == "harmony" else RULES.write(ask.request)
    except StopIteration as done:
        return done.value


def perform(controls: list[Control], score: Score | None = None) -> list[Composed]:
    bars = []
    score = score or Score()
    for wish in controls:
        bars.append(play(compose(score, wish, GENRES[wish.genre], 138.0)))
        score = bars[-1].score
    return bars
