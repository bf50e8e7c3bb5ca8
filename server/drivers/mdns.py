"""Telling the network by multicast DNS where we are; the only file that knows zeroconf.

Laws: nothing here holds up the event loop or the start of the music; a network that is not there is told once, and
tried again; where this machine has got other addresses it is announced anew. What listens on the loopback only is told
on the loopback only.
"""

import asyncio
import contextlib
import logging
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from zeroconf import ServiceInfo
    from zeroconf.asyncio import AsyncZeroconf

log = logging.getLogger("melody-engine")
QUIET = logging.getLogger("zeroconf")
QUIET.setLevel(logging.CRITICAL)  # what stops it comes back as an error, once, and is told here

OSCQUERY: Final = "_oscjson._tcp"
OSC: Final = "_osc._udp"
TXT: Final = {OSCQUERY: {"txtvers": "1"}, OSC: {"txtvers": "1", "version": "1.0", "types": "ifsb"}}
"""What the records say besides; for OSC the keys that opensoundcontrol.org names: the types that we send."""
FIRST_S: Final = 2.0
"""So long the music has the machine for itself: zeroconf takes a tenth of a second to load."""
AGAIN_S: Final = 30.0
FAREWELL_S: Final = 1.0
WILDCARDS: Final = ("", "0.0.0.0", "::")  # noqa: S104
MAX_LABEL_BYTES: Final = 48
"""DNS has 63; a number in brackets is put behind the name where another has it already."""


class Service(msgspec.Struct, frozen=True):
    """Something to be found: OSCQUERY or OSC, the address (literal or name) and the port that it listens on."""

    kind: str
    host: str
    port: int


Places = Callable[[Sequence[Service]], Awaitable[tuple[tuple[str, ...], ...]]]
Open = Callable[[str, Sequence[Service]], AbstractAsyncContextManager[None]]


def called(name: str, port: int) -> str:
    """Return the name under which the server is found: no two on a network have port and machine in common.

    Asking for namesakes is not enough: of all the programs on port 5353 of a machine only one gets the answers.
    """
    return f"{name} {port} on {socket.gethostname().partition('.')[0]}"


def label(name: str) -> str:
    """Return a name as one label of DNS-SD: no dots, no control characters, MAX_LABEL_BYTES of UTF-8 at most."""
    plain = "".join(letter if letter.isprintable() and letter != "." else "-" for letter in name)
    return plain.encode()[:MAX_LABEL_BYTES].decode(errors="ignore").strip() or "melody-engine"


def addresses(host: str, ours: Sequence[str]) -> tuple[str, ...]:
    """Return the addresses at which `host` (a literal) is found, `ours` being all that this machine has.

    Those of IPv4 first, and alone where only they are listened on. OSError where there is none.
    """
    if host not in WILDCARDS:
        if host not in ours and not ip_address(host).is_loopback:
            raise OSError(f"{host} is no address of this machine")
        return (host,)
    outside = [each for each in map(ip_address, ours) if not each.is_loopback]
    four = [each for each in outside if each.version == 4]
    six = [each for each in outside if each.version == 6 and not each.is_link_local and host == "::"]
    if not (four or six):
        raise OSError("this machine has no network")
    return tuple(str(each) for each in (*sorted(four), *sorted(six)))


def mouths(own: tuple[str, ...]) -> tuple[str, ...]:
    """Return the addresses from which others are told of these: the loopback has multicast by IPv4 only."""
    return ("127.0.0.1",) if own == ("::1",) else own


async def run(
    name: str,
    services: Callable[[], Sequence[Service]],
    changed: asyncio.Event,
    open_: Open | None = None,
    places: Places | None = None,
) -> None:
    """Be found until cancelled; whatever goes wrong is told once and tried again after a pause.

    services: what there is to be found now; `changed` is set when it may have changed. places: where that is found;
    OSError where the network is gone.
    """
    await asyncio.sleep(FIRST_S)
    told = ""
    while True:
        changed.clear()
        there = services()
        try:
            async with (open_ or announced)(name, there):
                here, told = await (places or _looked)(there), ""
                while services() == there and await (places or _looked)(there) == here:
                    await _pause(changed)
        except OSError as error:
            if str(error) != told:
                told = str(error)
                log.warning("not announced by multicast DNS (%s); trying again every %g s", error, AGAIN_S)
            await _pause(changed)


async def _pause(changed: asyncio.Event) -> None:
    """Wait for AGAIN_S, or until something has changed."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(AGAIN_S):
            await changed.wait()
    changed.clear()


@asynccontextmanager
async def announced(name: str, services: Sequence[Service]) -> AsyncIterator[None]:
    """Be found as long as this is open; OSError says why not."""
    infos = await asyncio.to_thread(_prepare, label(name), services)
    from zeroconf import Error, IPVersion
    from zeroconf.asyncio import AsyncZeroconf

    async with AsyncExitStack() as stack:
        try:
            for own, found in infos.items():
                interfaces = mouths(own)
                speaker = AsyncZeroconf(interfaces=list(interfaces), ip_version=IPVersion[_version(interfaces)])
                stack.push_async_callback(_leave, speaker)
                await asyncio.gather(*(_register(speaker, info) for info in found))
                log.info("announced by multicast DNS at %s: %s", ", ".join(own), " ".join(info.name for info in found))
        except (Error, RuntimeError) as error:
            raise OSError(str(error) or type(error).__name__) from error
        yield


def _prepare(name: str, services: Sequence[Service]) -> "dict[tuple[str, ...], list[ServiceInfo]]":
    """Return the records by the addresses on which they are told; in a thread, for names and modules take time."""
    from zeroconf import ServiceInfo

    machine = re.sub(r"[^a-z0-9]+", "-", f"{name}-{socket.gethostname()}".lower()).strip("-")
    infos: dict[tuple[str, ...], list[ServiceInfo]] = {}
    for service, own in zip(services, _places(services), strict=True):
        info = ServiceInfo(
            f"{service.kind}.local.",
            f"{name}.{service.kind}.local.",
            port=service.port,
            properties=TXT.get(service.kind, {}),
            server=f"{machine[:63]}.local.",
            parsed_addresses=list(own),
        )
        infos.setdefault(own, []).append(info)
    return infos


async def _looked(services: Sequence[Service]) -> tuple[tuple[str, ...], ...]:
    return await asyncio.to_thread(_places, services)


def _places(services: Sequence[Service]) -> tuple[tuple[str, ...], ...]:
    """Return the addresses of each service as the network is now; in a thread, OSError where there are none."""
    import ifaddr

    found = [each.ip for adapter in ifaddr.get_adapters() for each in adapter.ips]
    ours = [ip if isinstance(ip, str) else ip[0] for ip in found]
    return tuple(addresses(_literal(service.host), ours) for service in services)


def _version(own: Sequence[str]) -> str:
    """Return the name of zeroconf's word for these addresses."""
    versions = {ip_address(address).version for address in own}
    return "All" if len(versions) > 1 else f"V{versions.pop()}Only"


def _literal(host: str) -> str:
    """Return the literal of a host's name, as it is listened on, wildcards as they are; OSError where there is none."""
    try:
        return host if host in WILDCARDS else str(socket.getaddrinfo(host, None)[0][4][0])
    except UnicodeError:
        raise OSError(f"{host[:64]!a} is no host") from None


async def _register(speaker: "AsyncZeroconf", info: "ServiceInfo") -> None:
    """Ask whether the name is free, take the next one if it is not, and tell it."""
    await (await speaker.async_register_service(info, allow_name_change=True))


async def _leave(speaker: "AsyncZeroconf") -> None:
    """Say good-bye, within FAREWELL_S."""
    try:
        async with asyncio.timeout(FAREWELL_S):
            await speaker.async_close()
    except TimeoutError:
        log.info("multicast DNS: no time for a good-bye")
