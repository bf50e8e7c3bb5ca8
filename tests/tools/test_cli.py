import socket
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

import server.app
import server.guard
import tools.bench_live
import tools.bench_osc
import tools.bench_timing
import tools.replay
import tools.watch
from server.config import Config, dump, load
from server.surfaces.osc import client
from server.surfaces.osc.packet import Message
from tools.cli import main

COMMANDS = {"serve", "ports", "send", "monitor", "replay", "models", "bench", "eval", "config", "generate", "analyse"}


def call(*args: str) -> Result:
    return CliRunner().invoke(main, list(args))


def test_help_names_every_command() -> None:
    done = call("--help")
    assert done.exit_code == 0
    assert set(main.commands) == COMMANDS
    assert all(name in done.output for name in COMMANDS)


@pytest.mark.parametrize(
    "args", [["nonsense"], ["serve", "--bars", "x"], ["serve", "--bars", "0"], ["send"], ["config"]]
)
def test_wrong_usage_is_2(args: list[str]) -> None:
    assert call(*args).exit_code == 2


def test_config_show_prints_yaml_that_loads_again(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("start: {tempo: 174}")
    done = call("config", "show", str(mine))
    assert done.exit_code == 0
    assert yaml.safe_load(done.output)["start"]["tempo"] == 174
    mine.write_text(done.output)
    assert call("config", "show", "--config", str(mine)).output == done.output
    assert call("config", "show").output == dump(load())


def test_config_check_is_2_and_names_file_line_and_key(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("start:\n  tempo: 174\n")
    assert (call("config", "check", str(mine)).exit_code, call("config", "check", str(mine)).output) == (0, "good\n")
    mine.write_text("start:\n  tempo: 999\n")
    done = call("config", "check", str(mine))
    assert (done.exit_code, done.output) == (
        2,
        f"Error: {mine}:2: start.tempo: 999 does not fit; allowed: number 20..300 or null (nearest: 300)\n",
    )
    mine.write_text("start: {genre: polka}")
    done = call("config", "check", str(mine))
    assert done.exit_code == 2
    assert "polka" in done.output
    assert "uplifting" in done.output
    mine.write_text("osc: {port: 9001}\nstart:\n  section: chorus\n")
    done = call("config", "check", str(mine))
    assert done.exit_code == 2
    assert f"{mine}:3: start.section" in done.output
    mine.write_text("osc: {port: 9001}\nband:\n  lineup:\n    lead: [lead-gru]\n    drums: [drums-gru, lead-gru]\n")
    done = call("config", "check", str(mine))
    assert done.exit_code == 2
    assert f'{mine}:5: band.lineup.drums[1]: "lead-gru" does not play drums (nearest: drums-gru)' in done.output
    mine.write_text(f"models: {{folder: {tmp_path}}}\n")  # a shelf of one's own, where the default line-up is not
    done = call("config", "check", str(mine))
    assert done.exit_code == 0
    assert 'band.lineup.lead[0]: no expert "lead-transformer"' in done.output
    assert done.output.endswith("good\n")


def test_serve_hands_everything_to_the_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told: dict[str, Any] = {}

    def run(config: Config, **kw: Any) -> int:
        told.update(kw, port=config.osc.port)
        return 7

    monkeypatch.setattr(server.app, "run", run)
    (tmp_path / "c.yaml").write_text("osc: {port: 9123}")
    done = call(
        "serve",
        "--unguarded",
        "--config",
        str(tmp_path / "c.yaml"),
        "--lan",
        "--record",
        "x.mid",
        "--bars",
        "8",
        "--autoplay",
    )
    assert done.exit_code == 7
    assert told == {"port": 9123, "lan": True, "record": Path("x.mid"), "bars": 8, "autoplay": True}


def test_serve_is_started_by_the_guard_with_the_same_options(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told: list[list[str]] = []
    monkeypatch.setattr(server.guard, "guard", lambda command: told.append(command) or 5)
    (tmp_path / "c.yaml").write_text("osc: {port: 9123}")
    words = ["--config", str(tmp_path / "c.yaml"), "--lan", "--bars", "8"]
    assert call("serve", *words).exit_code == 5
    assert told == [[sys.executable, "-m", "tools", "serve", "--unguarded", *words]]


def test_serve_is_guarded_with_the_same_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(server.guard, "guard", lambda command: started.append(command) or 3)
    mine = tmp_path / "my config.yaml"
    mine.write_text("")
    assert call("serve", "--config", str(mine), "--bars", "8", "--autoplay").exit_code == 3
    assert call("serve").exit_code == 3
    start = [sys.executable, "-m", "tools", "serve", "--unguarded"]
    assert started == [[*start, "--config", str(mine), "--bars", "8", "--autoplay"], start]


def test_serve_with_a_port_in_use_is_1_and_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for ours in ("server.app.ask", "sys.setswitchinterval"):  # priority and threads of the tests' own process
        monkeypatch.setattr(ours, lambda _: None)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        mine = tmp_path / "c.yaml"
        mine.write_text(
            f"osc: {{port: {port}}}\nmidi: {{backend: none}}\n"
            f"journal: {{path: {tmp_path}/j}}\nrecord: {{path: {tmp_path}/r.mid}}\n"
        )
        done = call("serve", "--unguarded", "--config", str(mine))
    assert done.exit_code == 1
    assert str(port) in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        (["/tension", "0.8"], (0.8,)),
        (["/voice/lead/mute", "1"], (1,)),
        (["/chords", "Am F C G", "bar"], ("Am F C G", "bar")),
        (["/x", "-3", "-0.5"], (-3, -0.5)),
        (["/panic"], ()),
        (["/scene/save", "1"], ("1",)),
        (["scene", "2", "bar"], ("2", "bar")),
        (["/chord", "1"], ("1",)),
        (["/chords", "1", "4", "now"], ("1", "4", "now")),
        (["/voice/lead/expert", "rules", "1"], ("rules", "1")),
        (["/section", "2"], (2,)),
        (["/subscribe", "9002", "1"], (9002, "1")),
        (["/ping", "1"], (1,)),
    ],
)
def test_send_types_its_words_and_prints_the_replies(
    monkeypatch: pytest.MonkeyPatch, words: list[str], sent: tuple[Any, ...]
) -> None:
    asked: list[Any] = []

    def request(host: str, port: int, address: str, args: list[Any], timeout: float) -> list[Message]:
        asked.append((host, port, address, tuple(args), [type(each) for each in args], timeout))
        return [Message("/state/tension", (0.800000011920929, 3, "x"))]

    monkeypatch.setattr(client, "request", request)
    done = call("send", *words, "--port", "9001")
    assert (done.exit_code, done.output) == (0, "/state/tension 0.8 3 x\n")
    assert asked == [("127.0.0.1", 9001, words[0], sent, [type(each) for each in sent], 1.0)]


def test_send_is_1_when_rejected_and_when_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "request", lambda *_: [Message("/rejected", ("/tension", "7 is out of range"))])
    done = call("send", "/tension", "7")
    assert (done.exit_code, done.output) == (1, "rejected: /tension: 7 is out of range\n")
    monkeypatch.undo()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        port = str(silent.getsockname()[1])
        done = call("send", "/ping", "--port", port, "--timeout", "0")
    assert done.exit_code == 1
    assert done.output == f"Error: no answer from 127.0.0.1:{port}: is melody-engine serving there?\n"


def test_send_says_ok_where_nothing_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "request", lambda *_: [])
    done = call("send", "/play")
    assert (done.exit_code, done.output) == (0, "ok\n")


def test_monitor_watches_and_beside_a_server_reads_its_log(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, int, bool]] = []
    monkeypatch.setattr(tools.watch, "watch", lambda host, port, lines: seen.append((host, port, lines is not None)))
    assert call("monitor").exit_code == 0
    assert call("monitor", "--host", "h", "--port", "1", "--beside").exit_code == 0
    assert seen == [("127.0.0.1", 9000, False), ("h", 1, True)]


def test_replay_writes_beside_the_journal_unless_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[tuple[Any, ...]] = []
    monkeypatch.setattr(tools.replay, "run", lambda *asked: seen.append(asked) or 1)
    journal = tmp_path / "live.journal"
    journal.write_text("")
    assert call("replay", str(journal)).exit_code == 1
    assert call("replay", str(journal), "-o", "x.mid").exit_code == 1
    mine = tmp_path / "mine.yaml"
    mine.write_text("")
    assert call("replay", str(journal), "--config", str(mine)).exit_code == 1
    beside = tmp_path / "live-replay.mid"
    assert seen == [(journal, beside, ()), (journal, Path("x.mid"), ()), (journal, beside, (mine,))]


@pytest.mark.parametrize(
    ("args", "module", "wanted"),
    [
        (
            ["live", "--seconds", "2", "--bpm", "174", "--hog"],
            tools.bench_live,
            (2, 174, ("hog", True), ("page", False), ("files", ())),
        ),
        (["timing", "--seconds", "3", "--load"], tools.bench_timing, (3, True)),
        (["osc", "--seconds", "4", "--rate", "9"], tools.bench_osc, ("127.0.0.1", 9000, 4, 9, None)),
    ],
)
def test_a_bench_prints_and_writes_its_result(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, args: list[str], module: Any, wanted: tuple[Any, ...]
) -> None:
    seen: list[tuple[Any, ...]] = []
    monkeypatch.setattr(module, "run", lambda *given, **named: seen.append((*given, *named.items())) or {"figure": 41})
    done = call("bench", *args, "--json", str(tmp_path / "r.json"))
    assert (done.exit_code, seen) == (0, [wanted])
    assert "41" in done.output
    assert (tmp_path / "r.json").read_text(encoding="utf-8") == '{\n  "figure": 41\n}\n'
