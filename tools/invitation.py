"""The invitation: what another machine must know to open the page, printed where the server is started."""

import sys

import click

from server.config import Config
from server.opening import open_to_lan
from server.resume import left
from server.web.pairing import address, blocks, is_open, settled


def invite(config: Config, *, lan: bool) -> Config:
    """Print address and QR code where the page is open to the network; return the configuration with its token.

    A main that the guard has started again asks for the same token: phones that have paired stay so.
    """
    known = known_token()
    config = settled(config, known)
    opened = open_to_lan(config, lan=lan)
    if is_open(opened) and not known:
        url = address(opened)
        click.echo(f"The page for other machines of this network: {url}")
        if sys.stdout.isatty():
            click.echo(blocks(url))
    return config


def known_token() -> str:
    """Return the token of the main before this one, "" for the first."""
    try:
        papers = left()
    except (OSError, ValueError):
        return ""
    return papers.token if papers is not None else ""
