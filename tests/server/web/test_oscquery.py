import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from engines.control.tree import BY_PATH, PARAMETERS, STATE_PATHS, SWITCH
from engines.theory.key import Key
from server.web.oscquery import ATTRIBUTES, EXTENSIONS, LACKING, LOOK_S, HostInfo, OscQuery, osc_ip
from server.web.oscquerynodes import KEYS
from tests.server import virtual
from tests.server.fake_stage import LEXICON, FakeStage

WRITABLE = [p for p in PARAMETERS if p.kind not in ("query", "reading")]


def query(lexicon=LEXICON, stage=None):
    return OscQuery(stage or FakeStage(), lambda: lexicon, HostInfo("melody-engine", 9000))


def ask(path, asked="", *, paired=True, lexicon=LEXICON):
    answer = query(lexicon).answer(path, asked, paired=paired)
    return answer.status, json.loads(answer.body) if answer.body else None


def tree(**options):
    status, root = ask("/", **options)
    assert status == 200
    return root


def every(node):
    """All nodes of a tree, by path."""
    inner = {path: each for child in node.get("CONTENTS", {}).values() for path, each in every(child).items()}
    return {node["FULL_PATH"]: node} | inner


# The examples of the proposal ---------------------------------------------------------------------------------


def test_the_root_is_a_container_of_everything():
    root = tree()
    assert root["FULL_PATH"] == "/" and root["ACCESS"] == 0 and root["DESCRIPTION"]
    assert "TYPE" not in root and "VALUE" not in root
    assert root["CONTENTS"]["voice"]["CONTENTS"]["lead"]["CONTENTS"]["level"]["FULL_PATH"] == "/voice/lead/level"


def test_a_part_of_the_tree_is_the_same_as_in_the_whole():
    assert ask("/voice")[1] == tree()["CONTENTS"]["voice"]
    assert ask("/tension")[1] == tree()["CONTENTS"]["tension"]
    assert ask("/Tension/")[1] == ask("/tension")[1]  # as over OSC, case does not count


def test_a_value_by_itself():
    assert ask("/tension", "VALUE") == (200, {"VALUE": [0.2]})
    assert ask("/section", "VALUE") == (200, {"VALUE": ["intro"]})


def test_a_range_by_itself():
    assert ask("/section", "RANGE") == (200, {"RANGE": [{"VALS": list(LEXICON.sections)}]})
    assert ask("/tempo", "RANGE") == (200, {"RANGE": [{"MIN": 20.0, "MAX": 300.0}]})


def test_several_attributes_at_once_and_the_token_of_the_page_beside_them():
    assert ask("/tension", "TYPE&token=abc&ACCESS") == (200, {"TYPE": "f", "ACCESS": 3})


def test_an_attribute_that_a_node_does_not_have_is_an_empty_object():
    assert ask("/voice", "TYPE") == (200, {})
    assert ask("/tension", "CONTENTS") == (200, {})


@pytest.mark.parametrize(("path", "asked"), [("/again", "VALUE"), ("/voice", "VALUE"), ("/voice", "RANGE")])
def test_what_cannot_be_is_no_content(path, asked):
    assert ask(path, asked) == (204, None)


@pytest.mark.parametrize("asked", LACKING)
def test_attributes_that_we_do_not_have_are_no_content(asked):
    assert ask("/tension", asked) == (204, None)


def test_an_unknown_attribute_is_a_bad_request_that_names_the_valid_ones():
    status, said = ask("/tension", "GABBAGABBAHEY")
    assert status == 400
    assert "GABBAGABBAHEY" in said["error"] and all(word in said["error"] for word in ATTRIBUTES)


def test_an_unknown_path_is_not_found_and_the_nearest_is_named():
    status, said = ask("/tensoin", "TYPE")
    assert status == 404 and "nearest: tension" in said["error"]
    assert ask("/" + "a" * 100_000)[0] == 404


@given(st.text(st.characters()) | st.sampled_from(sorted(BY_PATH)), st.text(st.characters(), max_size=300))
def test_whatever_is_asked_there_is_an_answer(path, asked):
    assert ask(path, asked)[0] in (200, 204, 400, 404)


def test_host_info_whatever_the_path():
    status, info = ask("/no/such/path", "HOST_INFO")
    assert status == 200
    assert info == {"NAME": "melody-engine", "OSC_PORT": 9000, "OSC_TRANSPORT": "UDP", "EXTENSIONS": EXTENSIONS}
    other = OscQuery(FakeStage(), lambda: LEXICON, HostInfo("x", 1, "192.168.1.2"))
    assert json.loads(other.answer("/", "HOST_INFO", paired=True).body)["OSC_IP"] == "192.168.1.2"


@pytest.mark.parametrize(
    ("osc", "web", "told"),
    [
        ("127.0.0.1", "127.0.0.1", ""),
        ("0.0.0.0", "127.0.0.1", ""),  # noqa: S104
        ("::", "0.0.0.0", ""),  # noqa: S104
        ("192.168.1.2", "0.0.0.0", "192.168.1.2"),  # noqa: S104
        ("192.168.1.2", "127.0.0.1", "192.168.1.2"),
        ("studio.local", "127.0.0.1", ""),
    ],
)
def test_host_info_tells_where_osc_is_heard_if_not_where_it_was_asked(osc, web, told):
    assert osc_ip(osc, web) == told


def test_extensions_are_exactly_what_the_tree_has():
    nodes = every(tree()).values()
    seen = {attribute for node in nodes for attribute in node}
    told = {word for word, has in EXTENSIONS.items() if has} - {"LISTEN", "PATH_CHANGED"}
    assert seen == told | {"FULL_PATH", "CONTENTS", "TYPE"}
    assert not seen & {word for word, has in EXTENSIONS.items() if not has}


# From the one parameter tree ----------------------------------------------------------------------------------


def test_every_parameter_and_alias_is_there_once_under_its_own_path():
    nodes = every(tree())
    assert {path for path, node in nodes.items() if "TYPE" in node} == {f"/{path}" for path in BY_PATH}
    for alias, parameter in BY_PATH.items():
        ours, theirs = nodes[f"/{alias}"], nodes[f"/{parameter.path}"]
        assert {**ours, "FULL_PATH": ""} == {**theirs, "FULL_PATH": ""}


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda p: p.path)
def test_type_and_range_agree_with_the_tree(parameter):
    node = every(tree())[f"/{parameter.path}"]
    needed = [a for a in parameter.arguments if not a.optional]
    if not needed and parameter.path in STATE_PATHS:
        needed = [SWITCH]  # chords/auto: a button whose state is told
    assert node["TYPE"] == ("".join(a.type for a in needed) or "I")
    for argument, told in zip(needed, node.get("RANGE", [None] * len(needed)), strict=True):
        if argument.high is not None:
            assert told == {"MIN": argument.low, "MAX": argument.high}
        elif argument.names in ("section", "genre", "scene", "expert", "key"):
            assert told["VALS"] and all(isinstance(name, str) for name in told["VALS"])
        else:
            assert told is None
    assert node["ACCESS"] & 1 == (parameter.path in STATE_PATHS)
    assert ("VALUE" in node) == (parameter.path in STATE_PATHS)
    assert bool(node["ACCESS"] & 2) == (parameter.kind != "reading")
    assert parameter.about in node["DESCRIPTION"]


@pytest.mark.parametrize("path", STATE_PATHS)
def test_values_are_of_their_type(path):
    node = every(tree())[f"/{path}"]
    types = {"f": float, "i": int, "s": str}
    assert [type(value) for value in node["VALUE"]] == [types[tag] for tag in node["TYPE"]]
    for told, value in zip(node.get("RANGE", []), node["VALUE"], strict=False):
        if told and "MIN" in told:
            assert told["MIN"] <= value <= told["MAX"]


def _form(node):
    """A message that a node says it takes, and its type tags."""
    parts = []
    ranges = node.get("RANGE") or [None] * len(node["TYPE"])
    for tag, told in zip(node["TYPE"], ranges, strict=True):
        if tag == "I":
            parts.append(st.just(float("inf")))
        elif told and "VALS" in told:
            parts.append(st.sampled_from(told["VALS"]))
        elif told:
            number = st.integers if tag == "i" else st.floats
            parts.append(number(told["MIN"], told["MAX"]))
        else:
            parts.append(None)
    return parts


FREE = {"chords": "Am F", "chord": "C7", "scene/save": "mine"}
"""A word for what has no list of names."""


@given(st.data())
def test_what_a_node_says_it_takes_is_taken(data):
    nodes = every(tree())
    parameter = data.draw(st.sampled_from(WRITABLE))
    node = nodes[f"/{parameter.path}"]
    form = data.draw(st.sampled_from([node, *node.get("OVERLOADS", [])]))
    if parameter.path == "undo":  # refused where nothing was done
        return
    if parameter.path.endswith("/expert") and len(form["TYPE"]) == 2:
        args = ["gru", data.draw(st.sampled_from(["1", "2"]))]  # versions go by the name
    else:
        args = [FREE[parameter.path] if each is None else data.draw(each) for each in _form(form)]
    assert FakeStage().receive(f"/{parameter.path}", args) is None


@given(st.sampled_from([p for p in WRITABLE if not p.toggle]), st.floats(1e-3, 1e6))
def test_what_lies_outside_of_a_range_is_refused(parameter, beyond):
    node = every(tree())[f"/{parameter.path}"]
    for told in node.get("RANGE", []):
        if parameter.arguments and "MAX" in told:
            assert FakeStage().receive(f"/{parameter.path}", [told["MAX"] + beyond]) is not None
            assert node["CLIPMODE"] == ["none"]
        elif "VALS" in told:
            assert FakeStage().receive(f"/{parameter.path}", ["no such name"]) is not None


def test_every_key_is_named_as_the_state_names_it():
    assert len(set(KEYS)) == len(KEYS) == 12 * 14
    assert all(Key.parse(name).name == name for name in KEYS)
    assert ask("/key", "VALUE")[1]["VALUE"][0] in ask("/key", "RANGE")[1]["RANGE"][0]["VALS"]


def test_optional_arguments_and_section_numbers_are_overloads():
    nodes = every(tree())
    (ramp,) = nodes["/tension"]["OVERLOADS"]
    beats = next(a for a in BY_PATH["tension"].arguments if a.optional)
    assert ramp["TYPE"] == "ff" and ramp["RANGE"][1] == {"MIN": beats.low, "MAX": beats.high}
    (number,) = nodes["/section"]["OVERLOADS"]
    assert number["TYPE"] == "i" and number["RANGE"] == [{"MIN": 0, "MAX": len(LEXICON.sections) - 1}]
    assert "OVERLOADS" not in nodes["/density"]


def test_an_expert_of_a_certain_version_is_told_in_both_forms():
    stage = FakeStage()
    stage.receive("/voice/lead/expert", ["gru", "2"])
    node = json.loads(query(stage=stage).answer("/voice/lead/expert", "", paired=True).body)
    assert node["VALUE"] == ["gru"]
    assert [form["VALUE"] for form in node["OVERLOADS"]] == [["gru", "2"]]


def test_only_what_starts_stops_and_restores_must_not_be_lost():
    nodes = every(tree())
    critical = {path for path, node in nodes.items() if node.get("CRITICAL")}
    assert critical == {"/play", "/stop", "/continue", "/panic", "/undo", "/scene", "/scene/save"}


# Who may do what ----------------------------------------------------------------------------------------------


def test_a_host_that_has_not_paired_reads_all_and_sets_what_is_shared():
    paired, other = every(tree()), every(tree(paired=False))
    for path, parameter in BY_PATH.items():
        lost = 0 if parameter.shared else 2
        assert other[f"/{path}"]["ACCESS"] == paired[f"/{path}"]["ACCESS"] - lost
        assert other[f"/{path}"].get("VALUE") == paired[f"/{path}"].get("VALUE")


def test_while_an_outside_clock_leads_the_tempo_is_told_only():
    led = replace(LEXICON, led=True)
    assert ask("/tempo", "ACCESS", lexicon=led) == (200, {"ACCESS": 1})
    assert ask("/bpm", "ACCESS", lexicon=led) == (200, {"ACCESS": 1})
    assert ask("/tempo", "ACCESS") == (200, {"ACCESS": 3})


# What changes -------------------------------------------------------------------------------------------------


class Changing(FakeStage):
    """A stage whose sections go by the genre, as they do."""

    def lexicon_now(self):
        sections = LEXICON.sections if self.desk.wish.genre == "trance" else ("loop", "fill")
        return replace(LEXICON, sections=sections, scenes=tuple(self.desk.scenes))


def test_values_and_names_are_those_of_now():
    stage = Changing()
    asked = OscQuery(stage, stage.lexicon_now, HostInfo("x", 1))
    assert json.loads(asked.answer("/genre", "VALUE", paired=True).body) == {"VALUE": ["trance"]}
    stage.receive("/genre", ["techno"])
    assert json.loads(asked.answer("/genre", "VALUE", paired=True).body) == {"VALUE": ["techno"]}
    assert json.loads(asked.answer("/section", "RANGE", paired=True).body) == {"RANGE": [{"VALS": ["loop", "fill"]}]}


def test_watchers_hear_of_other_names_until_they_end():
    async def act():
        stage, told = Changing(), []
        asked = OscQuery(stage, stage.lexicon_now, HostInfo("x", 1))
        end = asked.watch(told.append)
        stage.receive("/tension", [0.5])
        assert told == []
        stage.receive("/genre", ["techno"])
        assert told == ["section"]  # at once
        stage.receive("/scene/save", ["second"])
        await virtual.passing(LOOK_S)
        assert told == ["section", "scene"]
        end()
        stage.receive("/genre", ["trance"])
        await virtual.passing(10 * LOOK_S)
        assert told == ["section", "scene"]
        assert not stage._listeners

    virtual.run(act())
