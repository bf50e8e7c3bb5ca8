import msgspec
from msgspec import inspect

from engines.genre.place import line_of, place_of


class Leaf(msgspec.Struct):
    size: int = 0


class Tree(msgspec.Struct):
    leaves: dict[str, Leaf] = {}
    twigs: tuple[Leaf, ...] = ()
    boughs: dict[str, dict[str, Leaf]] = {}


def place(data):
    try:
        msgspec.convert(data, Tree)
    except msgspec.ValidationError as error:
        return place_of(str(error), data, inspect.type_info(Tree))
    raise AssertionError


def test_keys_of_mappings_are_found():
    assert place({"leaves": {"oak": {"size": 1}, "elm": {"size": "big"}}}) == ("leaves", "elm", "size")
    assert place({"boughs": {"low": {"oak": {}}, "high": {"elm": {"size": []}}}}) == ("boughs", "high", "elm", "size")


def test_places_in_lists_are_numbers():
    assert place({"twigs": [{}, {"size": "big"}]}) == ("twigs", "1", "size")


def test_our_own_messages_begin_with_the_place():
    assert place_of("leaves.oak: too old", {}, inspect.type_info(Tree)) == ("leaves", "oak")
    assert place_of("too old", {}, inspect.type_info(Tree)) == ()


def test_lines_are_counted_from_one_and_stop_at_the_deepest_known_key():
    text = "leaves:\n  oak:\n    size: 1\ntwigs:\n  - {}\n  - size: 2\n"
    assert line_of(text, ("leaves", "oak", "size")) == 3
    assert line_of(text, ("twigs", "1", "size")) == 6
    assert line_of(text, ("twigs", "7")) == 4
    assert line_of(text, ()) == 1
    assert line_of("", ("leaves",)) == 1
