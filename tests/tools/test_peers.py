import sys

import pytest

from tools import peers
from tools.peers import Peer, advice, commands, here, main, missing

GONE = Peer("no-such-program-anywhere", "no-such-package", "make one", "nothing")
HERE = Peer("python:json", "python3", "python.org", "everything")


def test_a_peer_is_found_by_program_file_or_module() -> None:
    assert here(Peer("sh", "dash", "", ""))
    assert here(Peer("/", "base-files", "", ""))
    assert here(HERE)
    assert not here(GONE)
    assert not here(Peer("/no/such/file", "", "", ""))
    assert not here(Peer("python:no_such_module", "", "", ""))


def test_only_the_missing_ones_are_named_with_package_and_other_ways() -> None:
    lacking = missing([HERE, GONE])
    assert lacking == [GONE]
    text = advice(lacking)
    assert "no-such-program-anywhere" in text
    assert "make one" in text
    assert text.endswith("sudo apt-get install no-such-package")


def test_packages_are_installed_once_and_without_questions() -> None:
    update, install = commands([GONE, GONE, Peer("x", "a-package", "", "")])
    assert update[-1] == "update"
    assert install[-2:] == ["a-package", "no-such-package"]
    assert "-y" in install


def test_the_package_that_only_newer_debians_have_is_asked_for_last() -> None:
    connect = next(peer for peer in peers.PEERS if peer.package == peers.LATER)
    assert peers.LATER not in commands([GONE, connect])[-1]
    assert commands([connect])[-1][-1] == peers.LATER


def test_every_program_of_the_tests_has_its_package() -> None:
    packages = {peer.package for peer in peers.PEERS}
    wanted = {"jackd2", "puredata-core", "liblo-tools", "mosquitto", "mosquitto-clients", "fluidsynth"}
    assert wanted | {"timgm6mb-soundfont", "stress-ng"} <= packages


def test_what_is_missing_fails_with_advice_where_we_may_not_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(peers, "missing", lambda: [GONE])
    monkeypatch.setattr(peers, "can_install", lambda: False)
    assert main([]) == 1
    assert "no-such-package" in capsys.readouterr().err


def test_root_on_debian_installs_and_a_failure_still_names_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr(peers, "missing", lambda: [] if ran else [GONE])
    monkeypatch.setattr(peers, "can_install", lambda: True)
    monkeypatch.setattr(peers, "commands", lambda lacking: [[sys.executable, "-c", ""]])
    monkeypatch.setattr(peers.shutil, "which", lambda name: None)
    monkeypatch.setattr(peers.subprocess, "run", lambda command, **kw: ran.append(command))
    assert main([]) == 0
    assert len(ran) == 1
    ran.clear()
    assert main(["--check"]) == 1
    assert ran == []
    monkeypatch.undo()
    monkeypatch.setattr(peers, "missing", lambda: [GONE])
    monkeypatch.setattr(peers, "can_install", lambda: True)
    monkeypatch.setattr(peers, "commands", lambda lacking: [[sys.executable, "-c", "raise SystemExit(3)"]])
    monkeypatch.setattr(peers.shutil, "which", lambda name: None)
    assert main([]) == 1
    assert "installing failed" in capsys.readouterr().err
