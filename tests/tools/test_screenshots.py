import io

import numpy as np
import pytest
from PIL import Image

from tools import screenshots
from tools.screenshots import small


def png(picture):
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG", compress_level=0)
    return out.getvalue()


def read(data):
    return Image.open(io.BytesIO(data))


@pytest.fixture
def gradient():
    across, down = np.meshgrid(np.arange(256), np.arange(64))
    return np.dstack([across, down * 4, across // 2 + down]).astype(np.uint8)


def test_a_picture_that_packs_well_keeps_every_colour(gradient):
    packed = small(png(gradient))
    assert len(packed) < gradient.size
    assert np.array_equal(np.asarray(read(packed).convert("RGB")), gradient)


def test_a_picture_that_is_too_large_gets_a_palette(gradient, monkeypatch):
    monkeypatch.setattr(screenshots, "MOST_BYTES", 100)
    packed = small(png(gradient))
    assert read(packed).mode == "P"
    far = np.abs(np.asarray(read(packed).convert("RGB")).astype(int) - gradient)
    assert far.mean() < 16
