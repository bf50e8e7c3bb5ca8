from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from engines.analysis.idiom import read
from engines.analysis.odds import odds
from engines.analysis.settings import settings
from engines.analysis.words import number
from tests.training.judge.theory.making import folder
from training.judge.theory import songs
from training.judge.theory.__main__ import main
from training.judge.theory.fit import count, owners


def test_counts_of_a_song(tmp_path: Path) -> None:
    idiom = count(songs.lieder(folder(tmp_path), "train"), "a test")
    assert idiom.first == {"major": "I 1", "minor": ""}
    assert idiom.last == {"major": "I 1", "minor": ""}
    assert idiom.follow["major"]["IV"] == "V7 2"
    assert idiom.follow["major"]["II7"] == "IV 1"
    assert idiom.relation["major"][7] == 1
    assert sum(idiom.relation["major"]) == 1
    assert idiom.sounding["maj"].inside[4] > 0.7
    assert idiom.sounding["maj"].inside[2] < 0.3
    assert idiom.change[0] > idiom.change[1] > idiom.change[3]


def test_an_idiom_is_odds_after_its_file(tmp_path: Path) -> None:
    out = tmp_path / "idioms"
    done = CliRunner().invoke(main, ["--data", str(folder(tmp_path / "data")), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in out.iterdir()) == ["common-practice.yaml", "pop.yaml"]
    found = odds(read(out / "pop.yaml"), settings())
    assert found.follow[0, number(9, "min"), number(5, "maj")] > found.follow[0, number(9, "min"), number(2, "maj")]
    assert np.isfinite(found.tone).all()


def test_frames_belong_to_the_chord_in_their_middle(tmp_path: Path) -> None:
    (song,) = songs.pop909(folder(tmp_path), "test")
    found = owners(song.said, np.array([0, 480, 1920, 2400, 64 * 480, 66 * 480]))
    assert found.tolist() == [0, 0, 1, 8, -1]


def test_a_data_folder_is_needed() -> None:
    assert CliRunner().invoke(main, []).exit_code == 2


@pytest.mark.parametrize("corpus", ["lieder", "pop909"])
def test_nothing_is_counted_of_nothing(corpus: str) -> None:
    idiom = count([], corpus)
    assert all(0 < share < 1 for share in idiom.change)
