"""The accompaniment's report card: held-out likelihood, what it plays to held-out melodies, the rules beside it."""

import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from scipy.stats import spearmanr, wilcoxon

from engines.card import Card
from engines.codec import accompaniment as codec
from engines.codec import lead
from engines.codec.accompaniment import VOICES
from engines.codec.grid import GROUPS
from engines.expert import HISTORY_BARS, Expert, Heard, Request
from engines.genre import load_genres
from engines.neural.accompaniment import NeuralAccompaniment
from engines.neural.gridsession import GridSession
from engines.note import Bar
from engines.understudy import Rules
from training.accompaniment.baseline import Histogram
from training.accompaniment.playing import Excerpt, Figures, accompany, excerpts, figures, real
from training.accompaniment.windows import Bars, Ints, Sides
from training.export import log_softmax
from training.play import make_plan
from training.untold import Floats

GENRES = Path(__file__).parents[2] / "configs" / "genres"
PIECES = 60  # excerpts
JUDGED = 3000  # held-out bars of the likelihood


class Mute(GridSession):
    """A network that has no opinion: what is left of the expert are its masks and the genre's figures."""

    def complete(self, tokens: Ints, features: Floats) -> Floats:  # noqa: ARG002 - as every session
        """Return the same logits for everything."""
        return np.zeros((*tokens.shape[:2], self.classes), np.float32)


def report(card: Card, graph: bytes, sides: Sides) -> Figures:
    """Return the whole report card, flat: names with dots. `frame` is the expert with its network muted."""
    chosen = np.unique(np.linspace(0, len(sides.test) - 1, JUDGED).astype(int))
    genres, session = load_genres(GENRES), GridSession(graph)
    expert = NeuralAccompaniment(card, session, genres)
    players = {"learned": expert, "rules": Rules(genres), "frame": NeuralAccompaniment(card, Mute(graph), genres)}
    judged = excerpts(sides.test.songs, genres, PIECES) or excerpts(sides.test.songs, genres, PIECES, start=0)
    found: Figures = {"test_bars": len(sides.test), "test_songs": len({s.name for s in sides.test.songs})}
    found |= _named("told_everything", likelihood(session, sides.test, chosen))
    found |= _named("told_nothing", likelihood(session, sides.test, chosen, GROUPS))
    found |= _named("told_another_song", likelihood(session, sides.test, chosen, swap=True))
    found |= _named("histogram", Histogram().learn(sides.train).nats(sides.test, chosen))
    for voice in VOICES:
        found |= _named(f"tension_spearman.{voice}", ramp(expert, voice))
    if not judged:  # no held-out song has eight bars of melody over known chords
        return found
    return found | compare(players, judged) | _named("write_ms", write_ms(expert, judged[0]))


def _named(prefix: str, figures: Figures) -> Figures:
    return {f"{prefix}.{name}": round(value, 4) for name, value in figures.items()}


def likelihood(
    session: GridSession, bars: Bars, chosen: Ints, drop: Sequence[str] = (), *, swap: bool = False
) -> Figures:
    """Return nats per masked cell, of all and by voice; drop: groups untold; swap: told what another bar was told."""
    sums, weights = np.zeros(len(VOICES)), np.zeros(len(VOICES))
    for part in np.array_split(chosen, max(1, len(chosen) // 64)):
        batch = bars.batch(part, None)
        told = np.roll(batch.features.numpy(), 1, axis=0) if swap else batch.features.numpy()
        logits = session.complete(batch.tokens.numpy(), codec.drop(told, tuple(drop)))
        targets, weight = batch.targets.numpy(), batch.weight.numpy()
        for voice in range(len(VOICES)):
            line = log_softmax(logits[..., voice * lead.TOKENS : (voice + 1) * lead.TOKENS])
            right = np.take_along_axis(line, targets[..., voice, None], axis=-1)[..., 0]
            sums[voice] -= float((right * weight[..., voice]).sum())
            weights[voice] += float(weight[..., voice].sum())
    each = {f"nll_{voice}": float(sums[n] / weights[n]) for n, voice in enumerate(VOICES)}
    return {"nll": float(sums.sum() / weights.sum()), **each}


def compare(players: dict[str, Expert], judged: Sequence[Excerpt]) -> Figures:
    """Return the figures of each player and of the songs themselves; p-values of Wilcoxon's test, paired by excerpt."""
    rows: dict[str, list[Figures]] = {name: [] for name in (*players, "real")}
    shared: list[float] = []
    for seed, excerpt in enumerate(judged):
        bars = {name: accompany(player, excerpt, seed) for name, player in players.items()}
        for name in players:
            rows[name].append(figures(bars[name], excerpt))
        rows["real"].append(real(excerpt))
        shared.append(_same_onsets(bars["learned"]["bass"], bars["rules"]["bass"]))
    found: Figures = {"excerpts": len(judged), "bass_onset_f1_with_rules": round(float(np.mean(shared)), 4)}
    for name, part in rows.items():
        names = sorted({figure for row in part for figure in row})
        found |= _named(name, {f: float(np.mean([row[f] for row in part if f in row])) for f in names})
    for figure in ("consonant", "rubs", "pad_movement", "arp_leaps"):
        pairs = [(a, b) for a, b in zip(rows["learned"], rows["rules"], strict=True) if figure in a and figure in b]
        gaps = np.array([a[figure] - b[figure] for a, b in pairs])
        found[f"p_value.{figure}"] = round(float(wilcoxon(gaps).pvalue), 5) if gaps.any() else 1.0
    return found


def _same_onsets(ours: Sequence[Bar], theirs: Sequence[Bar]) -> float:
    pairs = [({n.onset for n in a.notes}, {n.onset for n in b.notes}) for a, b in zip(ours, theirs, strict=True)]
    both = [2 * len(a & b) / (len(a) + len(b)) for a, b in pairs if a or b]
    return float(np.mean(both)) if both else 1.0


def ramp(expert: Expert, voice: str, seeds: int = 4, bars: int = 64) -> Figures:
    """Return the worst Spearman, of some seeds, of a ramp of tension with velocity, notes and pitch of a voice."""
    found: dict[str, list[float]] = {"velocity": [], "notes": [], "register": []}
    levels = [n / (bars - 1) for n in range(bars)]
    for seed in range(seeds):
        history: tuple[Heard, ...] = ()
        played = []
        for n, tension in enumerate(levels):
            plan = msgspec.structs.replace(make_plan(n, tension=tension), genre="uplifting", energy=0.7)
            wrote = expert.write(Request(plan, VOICES, history, seed=seed * 1000 + n, phrase_seed=seed))
            history = (*history, Heard(plan, wrote))[-HISTORY_BARS:]
            played.append(wrote[voice].notes)
        kept = [(x, notes) for x, notes in zip(levels, played, strict=True) if notes]
        x = [pair[0] for pair in kept]
        found["velocity"].append(float(spearmanr(x, [np.mean([n.velocity for n in p]) for _, p in kept])[0]))
        found["register"].append(float(spearmanr(x, [np.mean([n.pitch for n in p]) for _, p in kept])[0]))
        found["notes"].append(float(spearmanr(levels, [len(notes) for notes in played])[0]))
    return {name: min(values) for name, values in found.items()}


def write_ms(expert: Expert, excerpt: Excerpt, rounds: int = 12) -> Figures:
    """Return the median and p99 milliseconds of one voice's bar and of all three in one call, on this machine now."""
    single, joint = [], []
    for seed in range(rounds):
        for plan, melody in zip(excerpt.plans, excerpt.melody, strict=True):
            for voices, taken in ((("bass",), single), (("arp",), single), (("pad",), single), (VOICES, joint)):
                begun = time.perf_counter()
                expert.write(Request(plan, voices, (), {"lead": melody}, seed=seed, phrase_seed=seed))
                taken.append((time.perf_counter() - begun) * 1000)
    return {
        "voice_p50": float(np.median(single)),
        "voice_p99": float(np.quantile(single, 0.99)),
        "joint_p50": float(np.median(joint)),
        "joint_p99": float(np.quantile(joint, 0.99)),
    }
