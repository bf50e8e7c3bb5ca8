"""Strict reading of one YAML file against a struct: an error names file, line, key and what would be right.

Guards come before anything is built: size, depth and number of nodes are bounded, anchors and aliases are
refused (a "billion laughs" file is made of them), a key that stands twice is an error, only plain YAML types.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from msgspec import inspect
from yaml.constructor import SafeConstructor
from yaml.reader import ReaderError

from engines.control.command import nearest
from engines.strict.kinds import allowed, keys, unfit

MAX_BYTES = 1 << 20
MAX_NODES = 20_000
MAX_DEPTH = 16
Mapping = inspect.StructType | inspect.DictType
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ConfigError(ValueError):
    """A configuration that cannot be used; exit code 2. key: the dotted key, where its line is still to be found."""

    def __init__(self, message: str, key: str = "") -> None:
        """Take the words, and the key they are about."""
        super().__init__(message)
        self.key = key


class Reading(NamedTuple):
    """The plain values of one file, and the line of each dotted key."""

    values: dict[str, Any]
    lines: dict[str, int]


def read(path: Path, struct: type) -> Reading:
    """Return what the file says, every key and value checked against `struct`; or ConfigError."""
    text = _text(path)
    reader = _Reader(path)
    kind = inspect.type_info(struct)
    assert isinstance(kind, inspect.StructType)
    try:
        _guard(text)
        node = yaml.compose(text, Loader=LOADER)
        return Reading({} if node is None else reader.mapping(node, kind, ""), reader.lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ConfigError(f"{path}:{mark.line + 1 if mark else 1}: not YAML: {error.problem}") from error
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError(f"{path}:{line}: not YAML: a control character") from error


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise ConfigError(f"{path}: larger than {MAX_BYTES} bytes")
        return data.decode("utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text (byte {error.start})") from error


def _guard(text: str) -> None:
    """Refuse what would blow up, from the event stream: no tree is built yet, no call recurses."""
    depth = nodes = 0
    for event in yaml.parse(text, Loader=LOADER):
        mark: Any = event.start_mark
        if getattr(event, "anchor", None) is not None:
            raise yaml.MarkedYAMLError(problem="anchors and aliases are not used here", problem_mark=mark)
        nodes += isinstance(event, yaml.NodeEvent)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH or nodes > MAX_NODES:
            problem = f"deeper than {MAX_DEPTH} levels or more than {MAX_NODES} values"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=mark)


class _Reader:
    """Walks the nodes of one file beside the types; `key` is the dotted path so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[str, int] = {}
        self.scalars = SafeConstructor()

    def wrong(self, node: yaml.Node, key: str, problem: str) -> ConfigError:
        """Return the error for this place."""
        return ConfigError(f"{self.path}:{node.start_mark.line + 1}: {key + ': ' if key else ''}{problem}")

    def value(self, node: yaml.Node, kind: inspect.Type, key: str) -> Any:
        """Return the plain value of any node."""
        kind = _meant(kind, node)
        if isinstance(kind, Mapping):
            return self.mapping(node, kind, key)
        if isinstance(kind, inspect.ListType):
            return self.sequence(node, kind, key)
        if not isinstance(node, yaml.ScalarNode):
            raise self.wrong(node, key, f"needs {allowed(kind)}, not a list or mapping")
        problem = unfit(kind, value := self.plain(node, key))
        if problem:
            raise self.wrong(node, key, problem)
        return value

    def plain(self, node: yaml.ScalarNode, key: str) -> Any:
        """Return a scalar as YAML reads it; 2026-99-99 looks like a date and is none."""
        try:
            return self.scalars.construct_object(node)
        except ValueError as error:
            raise self.wrong(node, key, f"cannot be read: {error}") from error

    def sequence(self, node: yaml.Node, kind: inspect.ListType, key: str) -> list[Any]:
        """Return a list, each item checked; no layer below adds to an item, so nothing may be missing in it."""
        if not isinstance(node, yaml.SequenceNode):
            raise self.wrong(node, key, "needs a list, such as [a, b] or []")
        items = []
        for index, item in enumerate(node.value):
            here = f"{key}[{index}]"
            self.lines[here] = item.start_mark.line + 1
            items.append(self.value(item, kind.item_type, here))
            for field in _required(kind.item_type):
                if field.encode_name not in items[-1]:
                    raise self.wrong(item, here, f'needs a key "{field.encode_name}": {allowed(field.type)}')
        return items

    def mapping(self, node: yaml.Node, kind: Mapping, key: str) -> dict[str, Any]:
        """Return a mapping; unknown and repeated keys are errors."""
        if not isinstance(node, yaml.MappingNode):
            raise self.wrong(node, key, "needs a mapping (key: value)")
        pairs: dict[str, Any] = {}
        for key_node, value_node in node.value:
            name = self.name(key_node, kind, key)
            here = f"{key}.{name}" if key else str(name)
            if name in pairs:
                raise self.wrong(key_node, here, "stands twice")
            self.lines[here] = key_node.start_mark.line + 1
            pairs[name] = self.value(value_node, _child(kind, name), here)
        return pairs

    def name(self, node: yaml.Node, kind: Mapping, key: str) -> str:
        """Return a key if the type has it."""
        names = keys(kind)
        if not isinstance(node, yaml.ScalarNode):
            raise self.wrong(node, key, "a key must be plain text")
        if names is not None and node.value not in names:
            problem = f'unknown key "{node.value[:40]}"{nearest(node.value, names)}; valid: {", ".join(names)}'
            raise self.wrong(node, key, problem)
        return str(node.value)


def _required(kind: inspect.Type) -> Sequence[inspect.Field]:
    """Return what cannot be left out of a mapping of this type."""
    return [field for field in kind.fields if field.required] if isinstance(kind, inspect.StructType) else ()


def _child(kind: Mapping, name: str) -> inspect.Type:
    """Return the type of what stands under `name`."""
    if isinstance(kind, inspect.StructType):
        return next(field.type for field in kind.fields if field.encode_name == name)
    return kind.value_type


def _meant(kind: inspect.Type, node: yaml.Node) -> inspect.Type:
    """Return that part of a union which a list or a mapping can be; all else as it is."""
    if isinstance(kind, inspect.UnionType) and not isinstance(node, yaml.ScalarNode):
        wanted = inspect.ListType if isinstance(node, yaml.SequenceNode) else Mapping
        return next((each for each in kind.types if isinstance(each, wanted)), kind)
    return kind
