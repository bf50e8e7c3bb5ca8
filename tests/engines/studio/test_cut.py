import wave
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engines.studio.cut import HUSH, cut

RATE = 100
SAMPLES = st.lists(st.tuples(*[st.integers(-(2**15), 2**15 - 1)] * 2), max_size=400)


def written(file: Path, frames: list[tuple[int, int]]) -> Path:
    with wave.open(str(file), "wb") as to:
        to.setparams((2, 2, RATE, 0, "NONE", ""))
        to.writeframes(np.array(frames, "<i2").tobytes())
    return file


def cut_to(folder: Path, frames: list[tuple[int, int]], seconds: float, *, loop: bool) -> np.ndarray:
    cut(written(folder / "all.wav", frames), folder / "cut.wav", seconds, loop=loop)
    with wave.open(str(folder / "cut.wav")) as heard:
        assert (heard.getnchannels(), heard.getsampwidth(), heard.getframerate()) == (2, 2, RATE)
        assert heard.getnframes() * 4 + 44 == (folder / "cut.wav").stat().st_size
        return np.frombuffer(heard.readframes(heard.getnframes()), "<i2").reshape(-1, 2).astype(int)


@given(frames=SAMPLES, count=st.integers(1, 300))
def test_a_piece_is_kept_whole_but_for_the_silence_after_it(tmp_path_factory, frames, count):
    kept = cut_to(tmp_path_factory.mktemp("cut"), frames, count / RATE, loop=False)
    was = np.array(frames).reshape(-1, 2)
    assert count <= len(kept) <= max(count, len(was))
    assert (kept[: len(was)] == was[: len(kept)]).all()
    assert not kept[len(was) :].any()
    assert (np.abs(was[len(kept) :]) <= HUSH).all()
    assert len(kept) == count or np.abs(kept[-1]).max() > HUSH


@given(frames=SAMPLES, count=st.integers(1, 300))
def test_a_loop_is_as_long_as_it_is_and_rings_on_into_its_beginning(tmp_path_factory, frames, count):
    kept = cut_to(tmp_path_factory.mktemp("cut"), frames, count / RATE, loop=True)
    sounds = np.zeros((800, 2), int)
    sounds[: len(frames)] = np.array(frames).reshape(-1, 2)
    expected = np.clip(sounds[:count] + sounds[count : 2 * count], -(2**15), 2**15 - 1)
    assert len(kept) == count
    assert (np.abs(kept - expected) <= HUSH).all()
