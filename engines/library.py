"""The library of learned experts: list, verify, load, use, roll back.

`<folder>/<expert>/<version>/card.json` with its files; `<folder>/current.yaml` names the version in use. An
expert is handed out only after everything in its card proved true and it wrote a legal bar.
"""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import yaml

from engines.card import MAX_CARD_BYTES, MAX_GOLDEN_BYTES, MAX_MODEL_BYTES, Card, File, Golden, Port, Source
from engines.expert import Expert, HarmonyExpert
from engines.form import FormExpert
from engines.neural.graphfile import GraphError, inspect
from engines.proof import check_golden, check_ports
from engines.shelf import LibraryError, names_in, read_file, replace_file

if TYPE_CHECKING:
    from engines.touch import Touch

__all__ = ["Card", "Entry", "File", "Golden", "Library", "LibraryError", "Port", "Source"]

# Each module has FINGERPRINT (of its codec), SESSION (what runs its graph: engines.neural.session),
# build(card, session) and self_test(expert).
KINDS: Final = {
    "lead": "engines.neural.lead",
    "drums": "engines.neural.drums",
    "harmony": "engines.neural.harmony",
    "ngram": "engines.ngram.harmony",
    "accompaniment": "engines.neural.accompaniment",
    "form": "engines.neural.form",
    "critic": "engines.neural.critic",
    "touch": "engines.touch",
}
CURRENT: Final = "current.yaml"
TABLES: Final = frozenset({"ngram", "touch"})
# of those that write no voices, else chords
DOES: Final = {"form": "chooses sections", "critic": "judges bars", "touch": "moves notes"}
CRITIC: Final = "lead-critic"


class Entry(msgspec.Struct, frozen=True):
    """One version on the shelf; problem: why its card cannot be read, "" where it can."""

    name: str
    version: str
    kind: str
    voices: tuple[str, ...]
    in_use: bool
    problem: str = ""


class Library:
    """Experts below one folder; every method reads the disk anew, so it is safe to share."""

    def __init__(self, folder: Path) -> None:
        """Take the folder as it is; it may be missing (an empty library)."""
        self.folder = folder

    def list(self) -> list[Entry]:
        """Return every version of every expert, by name."""
        current, found = self.current(), []
        for name in names_in(self.folder):
            for version in names_in(self.folder / name):
                used = current.get(name) == version
                try:
                    card = self._card(name, version)
                except LibraryError as error:
                    found.append(Entry(name, version, "", (), used, str(error)))
                else:
                    found.append(Entry(name, version, card.kind, card.voices, used))
        return found

    def current(self) -> dict[str, str]:
        """Return the version in use per expert."""
        return {name: versions[0] for name, versions in self._history().items()}

    def card(self, name: str, version: str | None = None) -> Card:
        """Return a card as written, schema checked and nothing else."""
        return self._card(name, self._version(name, version))

    def verify(self, name: str, version: str | None = None) -> Card:
        """Check everything and return the card; raises LibraryError saying what is wrong."""
        return self._open(name, self._version(name, version))[0]

    def load(self, name: str, version: str | None = None) -> Expert:
        """Return a verified, warm expert that writes voices."""
        return self._load(name, version, "writes voices")  # type: ignore[no-any-return]

    def load_harmony(self, name: str, version: str | None = None) -> HarmonyExpert:
        """Return a verified, warm expert that chooses chords."""
        return self._load(name, version, "chooses chords")  # type: ignore[no-any-return]

    def load_form(self, name: str, version: str | None = None) -> FormExpert:
        """Return a verified, warm expert that chooses sections."""
        return self._load(name, version, "chooses sections")  # type: ignore[no-any-return]

    def load_touch(self, name: str, version: str | None = None) -> "Touch":
        """Return a verified touch: how voices wander about what is written."""
        return self._load(name, version, DOES["touch"])  # type: ignore[no-any-return]

    def _load(self, name: str, version: str | None, wanted: str) -> Any:
        card, expert = self._open(name, self._version(name, version))
        does = "writes voices" if card.voices else DOES.get(card.kind, "chooses chords")
        if does == wanted:
            return expert
        raise LibraryError(f"{name} {does} and {wanted.replace(' ', ' no ')}")

    def use(self, name: str, version: str) -> Card:
        """Verify a version and put it in use; the earlier ones stay in the history."""
        card = self.verify(name, version)
        history = self._history()
        earlier = tuple(v for v in history.get(name, ()) if v != version)
        self._write(history | {name: (version, *earlier)})
        return card

    def rollback(self, name: str) -> Card:
        """Put the version in use before the current one back in use, verified."""
        history = self._history()
        versions = history.get(name, ())
        if len(versions) < 2:
            raise LibraryError(f"{name}: no earlier version to go back to")
        card = self.verify(name, versions[1])
        self._write(history | {name: versions[1:]})
        return card

    def _critic(self, card: Card) -> Any:
        """Return the critic that a lead's card names (so that it plays the same for good); None on a shelf without."""
        version = f"v{card.decoding.get('critic', 1):.0f}"
        return self._load(CRITIC, version, DOES["critic"]) if CRITIC in names_in(self.folder) else None

    def _version(self, name: str, version: str | None) -> str:
        chosen = version or self.current().get(name)
        if chosen is None:
            raise LibraryError(
                f"no expert {name[:40]!r} in use; there are: {', '.join(names_in(self.folder)) or 'none'}"
            )
        return chosen

    def _history(self) -> dict[str, tuple[str, ...]]:
        if CURRENT not in names_in(self.folder, files=True):
            return {}
        try:
            found = yaml.safe_load(read_file(self.folder, CURRENT, MAX_CARD_BYTES)) or {}
            lines = msgspec.convert(found, dict[str, str | tuple[str, ...]])
        except (yaml.YAMLError, UnicodeDecodeError, msgspec.ValidationError) as error:
            raise LibraryError(f"{CURRENT}: {error}") from error
        return {name: (value,) if isinstance(value, str) else value for name, value in lines.items() if value}

    def _write(self, history: dict[str, tuple[str, ...]]) -> None:
        lines = ["# the version of each expert in use first, then the earlier ones (for rollback)"]
        for name, versions in sorted(history.items()):
            lines.append(f"{name}: {versions[0] if len(versions) == 1 else '[' + ', '.join(versions) + ']'}")
        replace_file(self.folder / CURRENT, "\n".join(lines) + "\n")

    def _card(self, name: str, version: str) -> Card:
        for part, shelf in ((name, self.folder), (version, self.folder / name)):
            if part not in names_in(shelf):  # names come from listing only: no path can be smuggled in
                known = ", ".join(names_in(shelf)) or "none"
                raise LibraryError(f"no {part[:40]!r} in the library; there are: {known}")
        try:
            card = msgspec.json.decode(read_file(self.folder / name / version, "card.json", MAX_CARD_BYTES), type=Card)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise LibraryError(f"{name} {version}: card: {error}") from error
        if (card.name, card.version) != (name, version):
            raise LibraryError(f"{name} {version}: the card is of {card.name[:40]} {card.version[:40]}")
        return card

    def _open(self, name: str, version: str) -> tuple[Card, Any]:
        card = self._card(name, version)
        folder = self.folder / name / version
        try:
            model = read_file(folder, card.model.name, MAX_MODEL_BYTES, card.model)
            vectors = read_file(folder, card.golden.name, MAX_GOLDEN_BYTES, card.golden)
            kind = importlib.import_module(
                KINDS[card.kind]
            )  # and with it onnxruntime: only where an expert really plays
            if card.codec != kind.FINGERPRINT:
                raise LibraryError(f"its codec {card.codec[:40]} is not ours ({kind.FINGERPRINT})")
            if card.kind not in TABLES:  # a table has no graph
                inspect(model)
            session = kind.SESSION(model)
            check_ports(session, card)
            check_golden(session, msgspec.json.decode(vectors, type=Golden))
            expert = kind.build(card, session)
            if card.kind == "lead" and card.decoding.get("rank_critic", 0) > 0:
                expert.critic = self._critic(card)
            kind.self_test(expert)
        except (LibraryError, GraphError) as error:
            raise LibraryError(f"{name} {version}: {error}") from error
        except Exception as error:  # onnxruntime raises a dozen kinds of its own
            raise LibraryError(f"{name} {version}: {type(error).__name__}: {str(error)[:300]}") from error
        return card, expert
