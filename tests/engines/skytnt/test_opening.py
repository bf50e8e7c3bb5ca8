import json
import re

import pytest

from engines.expert import Expert, check_bars
from engines.neural.probe import probe_request
from engines.shelf import LibraryError
from engines.skytnt import Setting, open_skytnt
from engines.units import VOICES
from tests.engines.skytnt.toy import make_toy


def config(folder, **changes):
    found = json.loads((folder / "config.json").read_text())
    found["tokenizer"] |= changes
    (folder / "config.json").write_text(json.dumps(found))


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("graphs", ["onnx", "."])
def test_a_folder_as_published_opens_with_its_graphs_beside_or_below(tmp_path, version, graphs):
    expert: Expert = open_skytnt(make_toy(tmp_path, version, graphs=graphs), name="midi-model")
    assert (expert.name, expert.voices) == ("midi-model", VOICES)
    assert re.fullmatch(version + "-[0-9a-f]{8}", expert.version)
    request = probe_request(("lead",))
    assert check_bars(request, expert.write(request))


def test_the_version_tells_weights_and_settings_apart(tmp_path):
    folder, other = make_toy(tmp_path / "a"), make_toy(tmp_path / "b", seed=1)
    versions = [open_skytnt(folder).version, open_skytnt(folder).version, open_skytnt(other).version]
    versions.append(open_skytnt(folder, Setting(temperature=0.9)).version)
    assert versions[0] == versions[1]
    assert len(set(versions)) == 3


def test_without_config_the_caller_names_the_tokenizer(tmp_path):
    folder = make_toy(tmp_path, "v1")
    (folder / "config.json").unlink()
    assert open_skytnt(folder, tokenizer="v1").version.startswith("v1-")
    with pytest.raises(LibraryError, match=r"no file 'config.json', and no tokenizer named \(v1 or v2\)"):
        open_skytnt(folder)
    with pytest.raises(LibraryError, match="y has 3239 tokens, the tokenizer 3406"):
        open_skytnt(folder, tokenizer="v2")
    with pytest.raises(LibraryError, match="'v3': must be v1 or v2"):
        open_skytnt(folder, tokenizer="v3")


@pytest.mark.parametrize("name", ["model_base.onnx", "model_token.onnx"])
def test_absent_and_swapped_graphs_are_named(tmp_path, name):
    folder = make_toy(tmp_path)
    (folder / "onnx" / name).rename(folder / "kept")
    with pytest.raises(LibraryError, match=f"midi-model in {re.escape(str(folder))}: no file '{name}'"):
        open_skytnt(folder)
    other = {"model_base.onnx": "model_token.onnx"}.get(name, "model_base.onnx")
    (folder / "onnx" / name).write_bytes((folder / "onnx" / other).read_bytes())
    with pytest.raises(LibraryError, match=name):
        open_skytnt(folder)


def test_a_folder_that_is_none_is_told_with_what_it_would_hold(tmp_path):
    with pytest.raises(
        LibraryError, match=r"no such folder; it would hold config\.json, model_base\.onnx and model_token\.onnx"
    ):
        open_skytnt(tmp_path / "nowhere")


def test_a_config_that_says_something_else_is_refused(tmp_path):
    folder = make_toy(tmp_path)
    for wrong in ({"version": "v9"}, {"version": "v1"}, {"vocab_size": 99}, {"max_token_seq": 9}, {"eos_id": 5}):
        make_toy(tmp_path)
        config(folder, **wrong)
        with pytest.raises(LibraryError, match=next(iter(wrong)).replace("version", "tokenizer|vocab_size|events")):
            open_skytnt(folder)
    make_toy(tmp_path)
    config(folder, events={"note": ["time1"]})
    with pytest.raises(LibraryError, match="events is not that of tokenizer v2"):
        open_skytnt(folder)
    for broken in ("", "[]", "{}", '{"tokenizer": "v2"}', "[" * 5000, "\udcff"):
        (folder / "config.json").write_bytes(broken.encode("utf-8", "surrogateescape"))
        with pytest.raises(LibraryError, match=r"config\.json"):
            open_skytnt(folder)


def test_a_config_that_contradicts_the_caller_is_refused(tmp_path):
    with pytest.raises(LibraryError, match=r"config\.json says tokenizer v2, the caller v1"):
        open_skytnt(make_toy(tmp_path), tokenizer="v1")


def test_a_config_with_no_more_than_the_version_is_enough(tmp_path):
    folder = make_toy(tmp_path)
    (folder / "config.json").write_text('{"tokenizer": {"version": "v2", "optimise_midi": false}, "n_embd": 16}')
    assert open_skytnt(folder).version.startswith("v2-")
