"""Pairing: the address that lets another machine in, as a line, as a picture, as blocks for a terminal.

The library for the codes is loaded where one is drawn, which takes 20 ms: pictures are kept.
"""

import io
import secrets
import socket
from contextlib import closing
from functools import lru_cache
from urllib.parse import quote

from msgspec.structs import replace

from server.config import Config
from server.surfaces.osc.hosts import is_loopback
from server.web.door import TOKEN_BYTES, bracketed

SOMEWHERE = ("192.0.2.1", 9)
"""An address for documentation (RFC 5737): nothing is sent, the system only says which way it would go."""
ANYWHERE = ("0.0.0.0", "::", "")  # noqa: S104  (compared with, not bound)


def settled(config: Config, token: str = "") -> Config:
    """Return the configuration with a pairing token: its own, else `token`, else a new one."""
    token = config.web.token or token or secrets.token_urlsafe(TOKEN_BYTES)
    return replace(config, web=replace(config.web, token=token))


def is_open(config: Config) -> bool:
    """Whether other machines reach the page."""
    return config.web.enabled and not is_loopback(config.web.host) and config.web.host != "localhost"


def address(config: Config) -> str:
    """Return the URL with which another machine pairs, "" where none reaches us."""
    host = config.web.host
    if not is_open(config):
        return ""
    if host in ANYWHERE:
        host = own_address() or f"{socket.gethostname().partition('.')[0]}.local"
    return f"http://{bracketed(host)}:{config.web.port}/?token={quote(config.web.token or '', safe='')}"


def own_address() -> str:
    """Return the address of this machine in its network, "" where it has none."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as udp:
        try:
            udp.connect(SOMEWHERE)
        except OSError:
            return ""
        return str(udp.getsockname()[0])


@lru_cache(maxsize=4)
def picture(url: str) -> bytes:
    """Return the QR code as SVG, black on white, so that every camera reads it."""
    import segno

    file = io.BytesIO()
    segno.make_qr(url).save(file, kind="svg", scale=8, border=4, light="#fff")
    return file.getvalue()


def blocks(url: str) -> str:
    """Return the QR code for a terminal."""
    import segno

    text = io.StringIO()
    segno.make_qr(url).terminal(text, compact=True)
    return text.getvalue()
