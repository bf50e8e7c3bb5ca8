import msgspec
import pytest

from server.config import ConfigError, load
from server.player.config import Boot, MidiConfig


def test_offsets_are_seconds_and_zero_by_default():
    config = MidiConfig(offset_ms={"lead": -12.5})
    assert config.offset_s("lead") == -0.0125
    assert config.offset_s("clock") == 0.0


@pytest.mark.parametrize(
    "wrong", [{"offset_ms": {"sax": 1.0}}, {"out": {"sax": "x"}}, {"offset_ms": {"lead": 900.0}}, {"bakend": "jack"}]
)
def test_what_does_not_exist_is_refused(wrong):
    with pytest.raises((ValueError, msgspec.ValidationError)):
        msgspec.convert(wrong, MidiConfig)


@pytest.mark.parametrize("key", ["out", "offset_ms"])
def test_an_unknown_port_is_named_with_its_line_and_the_nearest(key, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(f"midi:\n  {key}:\n    leed: 0\n")
    with pytest.raises(ConfigError, match=rf'mine.yaml:3: midi.{key}: unknown key "leed" \(nearest: lead\)'):
        load([path])


def test_boot_survives_the_pipe():
    boot = Boot(MidiConfig(), "a.mid", again=True, connections=(("a:b", "c:d"),), held=(("lead", 60),))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(boot), type=Boot) == boot
