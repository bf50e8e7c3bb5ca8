"""MelodyEngine: whole pieces in one call, by the conductor and the experts that play live."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from engines.control.command import nearest
from engines.ensemble import RULES
from engines.expert import ExpertError
from engines.form import Visit
from engines.formplan import plan_form
from engines.genre import Genre, load_genres
from engines.library import Entry
from engines.seed import mix
from engines.studio import order as orders
from engines.studio.arguments import AUTO, Arguments, as_given
from engines.studio.cast import Cast, Retake, Roster
from engines.studio.config import CHAIRS, Link, Production, load
from engines.studio.config import shelf as shelf_of
from engines.studio.log import Logged, digest, keep, ready
from engines.studio.order import Order
from engines.studio.perform import Players, Written, perform
from engines.studio.piece import Piece
from engines.touched import touched
from engines.units import VOICES

log = logging.getLogger("melody-engine")

LIMIT_MS: Final = 3000.0
"""For an expert that an argument names and no chain of the configuration does."""
CHOOSES: Final = {"harmony": ("harmony",), "ngram": ("harmony",), "form": ("form",)}
Progress = Callable[[int, int], None]


class MelodyEngine:
    """Writes pieces; keeps the experts loaded from one to the next.

    Law: the same arguments, configuration, genres and experts give the same notes, and the same as a live performance
    under the same control, unless an expert exceeds its limit on a slow machine (`piece.misses` tells).
    """

    def __init__(self, config: str | Path | None = None, *, now: Callable[[], float] = time.perf_counter) -> None:
        """Read a configuration laid over `configs/production.yaml`; raises ConfigError (a ValueError)."""
        self.config: Production = load(config)
        self._file = config
        self._library = shelf_of(self.config)
        self.genres = touched(load_genres(self.config.genres_folder), self._library, log.warning)
        self._now = now
        self._roster = Roster(self.genres, self._library, log.warning, now)

    def generate(
        self,
        *,
        key: str | None = None,
        bpm: float | None = None,
        chord_progression: Sequence[str] | str | None = None,
        structure: Sequence[Mapping[str, Any]] | None = None,
        bars: int | None = None,
        tension_curve: str | Sequence[float] = AUTO,
        variation_level: float = 0.3,
        humanization_intensity: float | None = None,
        swing: float | None = None,
        model_backend: str = AUTO,
        experts: Mapping[str, str] | None = None,
        accompaniment: bool = True,
        num_candidates: int | None = None,
        genre: str | None = None,
        seed: int | None = None,
        loop: bool = False,
        progress: Progress | None = None,
    ) -> Piece:
        """Write a piece.

        key: "Am", "F# minor", "C"; None = that of the chords, else Am. bpm: 20..300; None = the genre's.
        chord_progression: a loop of names or Roman numerals, one per bar, several in a bar joined by `|`; None = the
        harmony chair chooses. structure: {"section": name, "bars": number} in order, 1024 bars in all at most; None =
        the form chair plans a piece of `bars` bars. tension_curve: `auto` (as the genre's sections), a name of the
        configuration's curves, or values 0..1 equally spaced over the piece. variation_level: 0..1.
        humanization_intensity, swing: 0..1; None = the genre's. model_backend: `auto` (the configured chains), or an
        expert that plays whatever it can. experts: per chair (five voices, harmony, form) the expert asked first.
        accompaniment: False = the lead alone.
        num_candidates: drafts the lead chooses among, 1..64; None = as its card says. seed: 0..2147483647. loop: the
        last bar leads back to the first; else it is an ending: home, one stroke, ringing; chords that are told come
        home as far as one of them is the tonic's. progress: called with bars written and bars in all.

        Raises ValueError naming the argument, the value, what is allowed and the nearest valid one.
        """
        arguments = as_given({
            "key": key,
            "bpm": bpm,
            "chord_progression": chord_progression,
            "structure": structure,
            "bars": bars,
            "tension_curve": tension_curve,
            "variation_level": variation_level,
            "humanization_intensity": humanization_intensity,
            "swing": swing,
            "model_backend": model_backend,
            "experts": orders.experts_of({} if experts is None else experts, self.players),
            "accompaniment": accompaniment,
            "num_candidates": num_candidates,
            "genre": genre,
            "seed": seed,
            "loop": loop,
        })  # fmt: skip
        began = self._now()
        ready(self.config.log.path)
        style = orders.genre_of(arguments, self.config, self.genres, self._file)
        chains, silent = self._chains(arguments), orders.silent_of(arguments)
        cast = Cast(self._roster, chains, self.config.quality, self._now, silent=silent)
        visits = self._visits(arguments, style, cast)
        control = orders.control_of(arguments, self.config, style, visits)
        order = Order(control, orders.bpm_of(arguments, style))
        stages = {"structure and tension": self._since(began)}
        piece = self._perform(arguments, order, cast, stages, progress)
        _tell_the_end(piece)
        keep(piece.save_log, self.config.log.path, log.warning)
        return piece

    def again(self, logged: Logged, progress: Progress | None = None) -> tuple[Piece, list[int]]:
        """Make a piece of a log again, by those who played it; return it with the bars that came out otherwise.

        Raises ExpertError where somebody who played it is not there any more, ValueError where its genre is not.
        """
        generation = logged.generation
        name = generation.order.control.genre
        if name not in self.genres:
            raise orders.wrong("genre", name, f"one of {', '.join(self.genres)}", nearest(name, tuple(self.genres)))
        folders = [link for chain in self.config.lineup.values() for link in chain if link.folder]
        retake = Retake(self._roster, [bar.players for bar in logged.bars], folders)
        piece = self._perform(generation.arguments, generation.order, retake, {}, progress)
        pairs = enumerate(zip(piece.bars, logged.bars, strict=True))
        return piece, [number for number, (made, was) in pairs if digest(made.wire) != was.digest]

    def _perform(
        self, arguments: Arguments, order: Order, players: Players, stages: dict[str, float], progress: Progress | None
    ) -> Piece:
        began, loading = self._now(), self._roster.loading_ms
        written: list[Written] = []
        for bar in perform(order, self.genres[order.control.genre], players):
            written.append(bar)
            if progress is not None:
                progress(len(written), order.bars)
        spent = {chair: sum(bar.players[chair].ms for bar in written if chair in bar.players) for chair in CHAIRS}
        spent = {chair: ms for chair, ms in spent.items() if ms > 0}
        spent["loading experts"] = self._roster.loading_ms - loading
        conducting = self._since(began) - sum(spent.values())
        stages = stages | spent | {"conductor, humanising": conducting}
        return Piece(arguments, order, tuple(written), stages, self.config)

    def _visits(self, arguments: Arguments, genre: Genre, cast: Cast) -> tuple[Visit, ...]:
        """Return the sections, as they are given or as the form chair plans them."""
        if arguments.structure is not None:
            if arguments.bars is not None:
                raise orders.wrong("bars", arguments.bars, "None: the structure says how long the piece is")
            return orders.visits_of(arguments.structure, genre)
        bars = orders.bars_of(arguments, self.config)
        seed = mix(orders.seed_of(arguments, self.config), "form")
        try:
            return plan_form(genre, bars, seed, cast.form())
        except ExpertError as error:
            log.warning("form: %s; the rules plan the piece", error)
            return plan_form(genre, bars, seed)

    def _chains(self, arguments: Arguments) -> dict[str, list[Link]]:
        """Return the chain of every chair, who is named by an argument first; [] = the rules."""
        chains = {chair: list(self.config.lineup.get(chair, ())) for chair in CHAIRS}
        backend = orders.backend_of(arguments.model_backend, self.backends())
        if backend != AUTO:
            shelf = self._library.list()
            chains = {
                chair: self._before(backend, chain) if backend in self._players(chair, shelf) else chain
                for chair, chain in chains.items()
            }
        for chair, name in arguments.experts.items():
            chains[chair] = self._before(name, chains[chair])
        return chains

    def _before(self, name: str, chain: list[Link]) -> list[Link]:
        if name == RULES:
            return []
        known = [link for links in self.config.lineup.values() for link in links if link.expert == name]
        first = known[0] if known else Link(name, LIMIT_MS)
        return [first, *(link for link in chain if link.expert != name)]

    def players(self, chair: str) -> tuple[str, ...]:
        """Return who can play a chair: the rules, experts of the library, foreign models of the configuration."""
        return self._players(chair, self._library.list())

    def _players(self, chair: str, shelf: Sequence[Entry]) -> tuple[str, ...]:
        names = [RULES]
        for entry in shelf:
            if not entry.problem and chair in (*entry.voices, *CHOOSES.get(entry.kind, ())):
                names += [entry.name]
        if chair in VOICES:
            names += [link.expert for links in self.config.lineup.values() for link in links if link.folder]
        return tuple(dict.fromkeys(names))

    def backends(self) -> tuple[str, ...]:
        """Return the names that `model_backend` takes besides `auto`."""
        shelf = self._library.list()  # read once: every card is a file
        return tuple(dict.fromkeys(name for chair in CHAIRS for name in self._players(chair, shelf)))

    def versions(self) -> tuple[str, ...]:
        """Return the experts in use with their versions, as "name version"."""
        return tuple(f"{name} {version}" for name, version in sorted(self._library.current().items()))

    def _since(self, began: float) -> float:
        return (self._now() - began) * 1000.0


def _tell_the_end(piece: Piece) -> None:
    """Say where a piece ends that does not come home: none of its told chords does."""
    last = piece.plan[-1]
    if last.closing and last.chords[-1].root != last.key.tonic:
        away = last.chords[-1].name_in(last.key)
        log.warning("the piece ends on %s: the chords that are told do not come home to %s", away, last.key.name)
