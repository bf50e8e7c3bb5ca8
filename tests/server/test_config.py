"""Laws of the configuration: shipped files load, dump and load are inverse, every mistake is named with its place."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect

from engines.strict.reading import MAX_BYTES, MAX_DEPTH, MAX_NODES, read
from engines.units import VOICES
from server.config import Config, ConfigError, dump, load, shipped


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_configuration_loads_and_plays_what_the_contract_says() -> None:
    config = load()
    assert (config.start.tempo, config.start.key, config.start.chords) == (138, "Am", "Am F C G")
    assert (config.osc.host, config.osc.port, config.web.host, config.web.port) == (
        "127.0.0.1",
        9000,
        "127.0.0.1",
        8770,
    )
    assert config.mqtt.host is None
    assert set(config.start.voices) == set(VOICES)
    assert set(config.band.lineup) == {*VOICES, "harmony", "form"}


def test_every_key_of_the_shipped_configuration_has_a_comment() -> None:
    lines = shipped().read_text(encoding="utf-8").splitlines()
    keys = [line for line in lines if ":" in line.split("#")[0]]
    sections = {field.name for field in inspect.type_info(Config).fields}  # type: ignore[attr-defined]
    bare = [line for line in keys if "#" not in line and line.rstrip(":") not in sections]
    assert len(keys) > 40
    assert bare == []


def test_the_shipped_file_gives_every_key_by_itself() -> None:
    assert msgspec.convert(read(shipped(), Config).values, Config) == load()


def test_dump_loads_again_also_after_an_overlay(tmp_path: Path) -> None:
    config = load([written(tmp_path, "start: {key: F# minor, chords: i VI III VII}\nmidi: {out: {lead: 'on'}}\n")])
    assert config.start.key == "F# minor"
    (tmp_path / "again.yaml").write_text(dump(config), encoding="utf-8")
    assert load([tmp_path / "again.yaml"]) == config


def test_an_overlay_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    config = load([written(tmp_path, "start:\n  voices:\n    pad: {level: 0.1}\nband: {lineup: {bass: [a, b]}}\n")])
    assert config.start.voices["pad"].level == 0.1
    assert config.start.voices["pad"].density == load().start.voices["pad"].density
    assert config.band.lineup["bass"] == ["a", "b"]
    assert config.band.lineup["lead"] == load().band.lineup["lead"]


def test_an_arrangement_may_say_its_tension_or_leave_it_to_the_genre(tmp_path: Path) -> None:
    drop = "{section: drop, bars: 4, tension: [0.8, 1]}"
    path = written(tmp_path, f"start:\n  arrangement: [{{section: build, bars: 2, tension: null}}, {drop}]")
    build, drops = load([path]).start.arrangement
    assert (build.tension, drops.tension) == (None, [0.8, 1.0])


def test_the_last_file_wins(tmp_path: Path) -> None:
    first, second = tmp_path / "1.yaml", tmp_path / "2.yaml"
    first.write_text("osc: {port: 9001, host: 10.0.0.1}")
    second.write_text("osc: {port: 9002}")
    assert load([first, second]).osc == msgspec.structs.replace(load().osc, port=9002, host="10.0.0.1")


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    assert load([written(tmp_path, "# only a comment\n")]) == load()


MISTAKES = [
    ("osc:\n  prot: 1", 2, ["osc", '"prot"', "nearest: port"]),
    ("\n\ntempo: 1", 3, ['"tempo"', "valid: osc, web"]),
    ("osc:\n  port: 99999", 2, ["osc.port", "99999", "1..65535"]),
    ("osc:\n  port: nine", 2, ["osc.port", "'nine'", "whole number"]),
    ("osc:\n  port: true", 2, ["osc.port", "True", "whole number"]),
    ("start:\n  tension: .nan", 2, ["start.tension", "nan", "0..1"]),
    ("start:\n  tempo: 301", 2, ["start.tempo", "301", "20..300"]),
    ("start:\n  key: H", 2, ["start.key", '"H"']),
    ("start:\n  chords: Am Zz", 2, ["start.chords", '"Zz"']),
    ("midi:\n  backend: alsa", 2, ["midi.backend", "auto, jack", "rtmidi"]),
    ("midi:\n  offset_ms:\n    led: 3", 3, ["midi.offset_ms", '"led"', "lead, bass"]),
    ("clock: {source: Midi}", 1, ["clock.source", "'Midi'", "internal, link, midi"]),
    ("band:\n  lineup:\n    leed: []", 3, ["band.lineup", '"leed"', "nearest: lead", "harmony"]),
    ("band:\n  lineup:\n    lead: lead-gru", 3, ["band.lineup.lead", "list"]),
    ("band:\n  lineup:\n    lead:\n    - lead-gru\n    - 7", 5, ["band.lineup.lead[1]", "7", "text"]),
    ("\nband:\n  headroom_low_ms: 900", 3, ["band.headroom_low_ms", "900 is above headroom_high_ms"]),
    ("band:\n  workers: 2\n  headroom_high_ms: 1", 3, ["band.headroom_high_ms", "is above headroom_high_ms: 1"]),
    (
        "control:\n  chords: true\n  bindings:\n  - {cc: 3, path: swing}\n  - cc: 20\n    path: tensoin",
        6,
        ["control.bindings[1].path", "CC 20", "nearest: tension"],
    ),
    ("control:\n  bindings:\n  - {cc: 3, path: swing}\n  - {cc: 3, path: hold}", 4, ["bindings[1].cc", "twice"]),
    ("control:\n  bindings:\n  - cc: 3\n    path: swing\n    low: 7", 5, ["bindings[0].low", "nearest: 1"]),
    ("control:\n  chords: true\n  high_note: 5\n  low_note: 9", 4, ["control.low_note", "above"]),
    ("midi: {backend: jak}", 1, ["midi.backend", "auto, jack", "nearest: jack"]),
    ("start: {tempo: 700}", 1, ["start.tempo", "nearest: 300"]),
    ("osc: {port: 0}", 1, ["osc.port", "nearest: 1"]),
    ("osc: {port: 9000.7}", 1, ["osc.port", "nearest: 9001"]),
    ("osc: {port: .inf}", 1, ["osc.port", "nearest: 65535"]),
    ("control: {notes_channel: 17}", 1, ["control.notes_channel", "nearest: 16"]),
    ("band: {workers: 0}", 1, ["band.workers", "0", "1..16"]),
    (
        "band:\n  headroom_memory:\n  - {slow: 3, within: 2}",
        3,
        ["band.headroom_memory", "3 bars cannot be slow within 2"],
    ),
    ("band:\n  headroom_memory:\n  - {slow: 0, within: 2}", 3, ["band.headroom_memory[0].slow", "1..4096"]),
    ("band: {rehearsal_ms: -1}", 1, ["band.rehearsal_ms", "0..2000"]),
    ("start:\n  arrangement:\n  - {section: drop, bars: 4, tension: 5}", 3, ["arrangement[0].tension", "5", "a list"]),
    ("start:\n  arrangement:\n  - {section: drop, bars: 4, tension: {a: 1}}", 3, ["arrangement[0].tension", "a list"]),
    ("start:\n  arrangement:\n  - {section: drop, bars: 4, tension: [1, 2]}", 3, ["tension[1]", "2", "0..1"]),
    ("start:\n  arrangement:\n  - {section: drop, bars: 4, tension: [1]}", 3, ["arrangement[0].tension", "length"]),
    ("mqtt: {id: a/b}", 1, ["mqtt.id", "'a/b'"]),
    ("osc: null", 1, ["osc", "mapping"]),
    ("- osc", 1, ["mapping"]),
    ("osc: {port: [1]}", 1, ["osc.port", "whole number"]),
    ("osc:\n  port: 1\n  port: 2", 3, ["osc.port", "twice"]),
    ("? [a]\n: 1", 1, ["key must be plain text"]),
    ("osc: {host: !!python/name:os.system ''}", 1, ["python/name"]),
    ("osc: {host: 2026-99-99}", 1, ["osc.host", "cannot be read"]),
    ("osc: {host: 2026-09-09}", 1, ["osc.host", "text"]),
    ("osc: {port: !!int abc}", 1, ["osc.port", "cannot be read"]),
    ("osc: &a {port: 1}", 1, ["anchors"]),
    ("osc: ]", 1, ["not YAML"]),
    ("a: 1\n--- {}", 2, ["another document"]),
    ("osc:\n \x00", 2, ["not YAML"]),
    ("[" * (MAX_DEPTH + 1), 1, ["deeper"]),
    ("[" * 100_000, 1, ["deeper"]),
    ("[" + "1," * (MAX_NODES + 1) + "]", 1, ["more than"]),
]


@pytest.mark.parametrize(
    ("text", "line", "says"), MISTAKES, ids=[m[0][:24].encode("unicode_escape").decode() for m in MISTAKES]
)
def test_a_mistake_is_named_with_file_line_key_and_what_is_allowed(
    tmp_path: Path, text: str, line: int, says: list[str]
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load([path])
    message = str(caught.value)
    assert message.startswith(f"{path}:{line}: ")
    assert all(word in message for word in says), message


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: cannot be read: No such file"):
        load([tmp_path / "none.yaml"])
    (tmp_path / "latin.yaml").write_bytes(b"osc: \xff")
    with pytest.raises(ConfigError, match="UTF-8"):
        load([tmp_path / "latin.yaml"])
    (tmp_path / "huge.yaml").write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(ConfigError, match="larger than"):
        load([tmp_path / "huge.yaml"])


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_no_content_gives_anything_but_a_configuration_or_a_config_error(
    tmp_path_factory: pytest.TempPathFactory, content: str | bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    try:
        config = load([path])
    except ConfigError as error:
        assert str(path) in str(error)
    else:
        assert isinstance(config, Config)
