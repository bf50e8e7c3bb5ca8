"""Where in a genre file an error lies: the path of keys that a message means, and the line where it stands."""

import re
from typing import Any, Final

import msgspec
import yaml
from msgspec import inspect

Path = tuple[str, ...]
ANY: Final = "..."  # how msgspec writes a key of a mapping


def place_of(message: str, data: Any, kind: inspect.Type) -> Path:
    """Return the path that a message names: msgspec's "… - at `$.voices[...].low`", or ours, "first: …"."""
    named = message.partition("`$")[2] or "." + (re.match(r"[\w.]+(?=:)", message) or [""])[0]
    path = []
    for key in re.findall(r"[.\[](\w+|\.\.\.)\]?", named):
        if key == ANY and isinstance(kind, inspect.DictType):
            key = next((name for name, value in data.items() if _fails(value, kind.value_type)), ANY)  # noqa: PLW2901
        path.append(str(key))
        data, kind = _inside(data, kind, str(key))
    return tuple(path)


def line_of(text: str, path: Path) -> int:
    """Return the line, from 1, of the deepest key of `path` that the file has."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    line = node.start_mark.line if node else 0
    for key in path:
        found = None
        if isinstance(node, yaml.MappingNode):
            found = next(((name, value) for name, value in node.value if name.value == key), None)
        elif isinstance(node, yaml.SequenceNode) and key.isdigit() and int(key) < len(node.value):
            found = node.value[int(key)], node.value[int(key)]
        if found is None:
            break
        line, node = found[0].start_mark.line, found[1]
    return int(line) + 1


def _inside(data: Any, kind: inspect.Type, key: str) -> tuple[Any, inspect.Type]:
    """Return value and type under a key, as far as they are known."""
    if isinstance(kind, inspect.StructType) and isinstance(data, dict):
        types = {field.encode_name: field.type for field in kind.fields}
        return data.get(key), types.get(key, inspect.AnyType())
    if isinstance(kind, inspect.DictType) and isinstance(data, dict):
        return data.get(key), kind.value_type
    if isinstance(kind, inspect.VarTupleType) and isinstance(data, list) and key.isdigit():
        return data[int(key)], kind.item_type
    return None, inspect.AnyType()


def _fails(value: Any, kind: inspect.Type) -> bool:
    """Whether a value inside a mapping is the one that cannot be decoded."""
    if isinstance(kind, inspect.DictType) and isinstance(value, dict):
        return any(_fails(each, kind.value_type) for each in value.values())
    if not isinstance(kind, inspect.StructType):
        return False
    try:
        msgspec.convert(value, kind.cls, strict=True)
    except msgspec.ValidationError:
        return True
    return False
