"""The README's pictures of the page: `python -m tools.screenshots [-o FOLDER]`. Needs Chromium and the extra `dev`.

A server of its own plays from a seed, a page steers it a little, and after BARS bars it is drawn as desktop and phone.
"""

import io
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from tools.browser import chromium, opened
from tools.live_server import free_port, live_server

if TYPE_CHECKING:
    from PIL.Image import Image
    from playwright.sync_api import Page

FOLDER: Final = Path(__file__).parents[1] / "server" / "web" / "pictures"
BARS: Final = 12
START: Final = {"section": "build", "tempo": 138.0, "tension": 0.45, "seed": 7}
WAITING: Final = "breakdown"
"""The section that is wished for in the picture: it waits for the end of this one."""
CALM_BARS: Final = 6
"""What else the machine does shows as understudies: the picture waits until so many bars went as the line-up has it."""
PATIENCE_MS: Final = 180_000
COLOURS: Final = 256
MOST_BYTES: Final = 300_000
SIZES: Final[dict[str, dict[str, Any]]] = {
    "page-desktop": {"viewport": {"width": 1440, "height": 900}},
    "page-phone": {
        "viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True,
    },
}  # fmt: skip

CALM: Final = """count => {
    const bars = melody.bars.filter(({ tick }) => tick < melody.tick).slice(-count);
    return bars.every(({ players }) => Object.values(players).every(({ reason }) => !reason));
}"""


@click.command()
@click.option(
    "-o", "--out", default=FOLDER, show_default=True, type=click.Path(file_okay=False, path_type=Path), help="Where to."
)
def main(out: Path) -> None:
    """Draw the page as it looks after some bars of music."""
    out.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures().items():
        path = out / f"{name}.png"
        path.write_bytes(picture)
        click.echo(f"{path} {len(picture):,} bytes")


def pictures() -> dict[str, bytes]:
    """Return PNG by name, one after the other of the same show; ValueError where one is too large for a README."""
    port = free_port(socket.SOCK_STREAM)
    config = {"midi": {"backend": "none"}, "start": START, "web": {"port": port}}
    found: dict[str, bytes] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        live_server(Path(folder), config=config) as server,
        chromium() as browser,
    ):
        server.listener.send("/play")
        for number, (name, about) in enumerate(SIZES.items()):
            context = browser.new_context(**about)
            found[name] = small(_drawn(opened(context, port), BARS * (number + 1)))
            context.close()  # a browser draws on the processor here, and takes it from the band
    for name, picture in found.items():
        if len(picture) > MOST_BYTES:
            raise ValueError(f"{name} has {len(picture):,} bytes, more than {MOST_BYTES:,}")
    return found


def small(png: bytes) -> bytes:
    """Return a PNG packed as well as can be; with a palette in place of true colour where that is still too large."""
    from PIL.Image import open as read

    drawn = read(io.BytesIO(png)).convert("RGB")
    packed = _packed(drawn)
    return packed if len(packed) <= MOST_BYTES else _packed(drawn.quantize(COLOURS))


def _packed(picture: "Image") -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _drawn(page: "Page", bar: int) -> bytes:
    """Return the picture of that bar, the tension on its way up and a section waiting."""
    _until(page, bar - BARS // 2)
    page.locator('[data-section="drop"]').click()
    page.locator("#tension").fill("0.85")
    _until(page, bar)
    page.wait_for_function(CALM, arg=CALM_BARS, timeout=PATIENCE_MS)
    page.locator("#when").select_option("section")
    page.locator(f'[data-section="{WAITING}"]').click()
    page.locator(f'[data-section="{WAITING}"].pending').wait_for()
    return page.screenshot()


def _until(page: "Page", bar: int) -> None:
    """Wait until the first beat of a bar has sounded."""
    tick = (4 * bar + 1) * 480
    page.wait_for_function("tick => melody.tick > tick", arg=tick, timeout=PATIENCE_MS)


if __name__ == "__main__":
    main()
