"""A small made judgement: every kind of figure, and names that would break a page that does not escape."""

from engines.units import TICKS_PER_BAR, VOICES
from training.judge.result import (
    LEARNED,
    REAL,
    UNDERSTUDY,
    Band,
    Comparison,
    Copy,
    Excerpt,
    Figure,
    Meta,
    Result,
)

HOSTILE = "\"><script>alert('x')</script><img src=https://evil.example/a.png>&{{ 7 * 7 }}"
BARS = 2


def excerpt(blueprint: str, player: str, lift: int = 0, name: str = "Bdim") -> Excerpt:
    step = TICKS_PER_BAR // 8
    voices = ("lead", "pad") if player == REAL else VOICES
    notes = {
        voice: [(n * step, step, 60 + lift + 3 * i + n % 5, 90) for n in range(16)] for i, voice in enumerate(voices)
    }
    return Excerpt(
        blueprint=blueprint, player=player, bpm=120.0, bars=BARS, key="Am", seed=0,
        chords=[["Am"], ["F", "G", name]], tension=[0.2, 0.8],
        realised=[] if player == REAL else [0.3, 0.7], notes=notes,
        experts={} if player == REAL else {"lead": f"lead-gru {name}", "bass": "rules"},
    )  # fmt: skip


def excerpts(blueprints: int, name: str = "Bdim") -> list[Excerpt]:
    players = (REAL, LEARNED, UNDERSTUDY, f"{LEARNED} around melody", f"{UNDERSTUDY} around melody")
    return [excerpt(f"song{n}:0", who, lift, name) for n in range(blueprints) for lift, who in enumerate(players)]


def result(blueprints: int = 3, *, hostile: bool = False) -> Result:
    name = HOSTILE if hostile else "lead.unheard_of"
    return Result(
        meta=Meta(
            "2026-01-02T03:04:05+00:00", "Linux x86_64", "abc123", [5, 6], name, "0" * 64, 2, blueprints, True,
            {"lead": name, "bass": "rules"}, [name],
        ),
        figures=[
            Figure("lead.oa.mean", 0.95, 0.8),
            Figure("lead.oa.groove_similarity", 0.7, 0.9),
            Figure("lead.chord_swap", 0.3, 0.4),
            Figure("lead.chord_swap.real", 0.45),
            Figure("lead.copied.run", 0.5, note=name),
            Figure("lead.jsd.ioi", 0.5),
            Figure("harmony.nll", 1.65, 1.75),
            Figure("drums.velocity_mae", None, note="no data"),
            Figure("int8.lead-gru.kl", 0.01),
            Figure("int8.lead-gru.speedup", 1.2, 1.0, "ships as fp32"),
            Figure(name, 0.123),
        ],
        bands=[
            Band(
                "lead", feature, (0.1, 0.2, 0.3, 0.4, 0.5), {REAL: 0.3, LEARNED: 0.35, UNDERSTUDY: 0.7},
                {REAL: 0.8, LEARNED: 0.9}, {LEARNED: 0.9}, {LEARNED: 0.8},
            )
            for feature in ("rest_share", name)
        ],
        comparisons=[Comparison("lead", name, "wilcoxon", 9, 0.1, 0.2, -0.1, -0.2, 0.05, 0.01, 0.02, LEARNED)],
        excerpts=excerpts(blueprints, name),
        copies=[Copy(name, 9, (0.25, 0.0, 0.0), name, 1, 7), Copy("alone", 0, (0.0, 0.0, 0.0), "", 0, 0)],
    )  # fmt: skip


class Pages:
    """What a browser would make of a page: balanced elements, their attributes, their text."""

    VOID = frozenset({"meta", "link", "br", "wbr", "img", "input", "hr"})

    def __init__(self, text: str) -> None:
        from html.parser import HTMLParser

        outer = self
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.open: list[str] = []

        class Parser(HTMLParser):
            def handle_starttag(self, tag, attrs):
                outer.elements.append((tag, {key: value or "" for key, value in attrs}))
                if tag not in outer.VOID:
                    outer.open.append(tag)

            def handle_endtag(self, tag):
                assert outer.open, tag
                assert outer.open.pop() == tag

            def handle_data(self, data):
                outer.text += data

        parser = Parser(convert_charrefs=True)
        parser.feed(text)
        parser.close()
        assert not self.open

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def ids(self) -> set[str]:
        return {attributes["id"] for _, attributes in self.elements if "id" in attributes}

    def addresses(self) -> list[str]:
        return [a[key] for _, a in self.elements for key in ("href", "src", "action", "srcset", "data") if key in a]
