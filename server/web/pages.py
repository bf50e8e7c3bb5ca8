"""The static files of the page, read once at start: no path that was sent is ever opened."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from server.web.asked import HTML, JSON, TEXT, Answer

TYPES: Final = {
    ".html": HTML,
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".json": JSON,
    ".webmanifest": "application/manifest+json",
    ".txt": TEXT,
    ".md": TEXT,
}
INDEX: Final = "index.html"
DOOR: Final = "door.html"
"""What a machine sees that has not paired."""
MAX_BYTES: Final = 16 << 20
"""All files together: they are kept in memory."""
CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; media-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SAFE: Final = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""What goes with every answer: nothing of ours may be framed, sniffed, kept or taken over by another page."""
ASSET: Final = {"Cache-Control": "no-cache"}


def page_files() -> dict[str, Answer]:
    """Return the page's files by name, such as `index.html` or `vendor/synth.js`; other kinds of files are left out."""
    found = dict(_below(files("server.web").joinpath("page"), ""))
    size = sum(len(answer.body) for answer in found.values())
    if size > MAX_BYTES:
        raise OSError(f"the page's files have {size} bytes, more than {MAX_BYTES}")
    return found


def _below(folder: Traversable, prefix: str) -> list[tuple[str, Answer]]:
    found: list[tuple[str, Answer]] = []
    for entry in folder.iterdir() if folder.is_dir() else ():
        name = f"{prefix}{entry.name}"
        kind = TYPES.get(name[name.rfind(".") :].lower())
        if entry.is_dir():
            found += _below(entry, f"{name}/")
        elif kind is not None:
            found.append((name, Answer(200, entry.read_bytes(), kind, {} if kind == HTML else ASSET)))
    return found
