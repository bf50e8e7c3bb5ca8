"""One connection to an MQTT broker that comes back whatever happens to it; the only file that knows aiomqtt.

Laws: nothing here holds up the event loop; what waits is bounded; a session begins clean, so that no command
that was sent while we were away is carried out later.
"""

import asyncio
import contextlib
import logging
import math
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from server.config import Mqtt
from server.drivers.mailbox import Letter, Mailbox

QUIET = logging.getLogger("melody-engine.aiomqtt")
QUIET.setLevel(logging.CRITICAL)  # what it would say comes back as an error, once, and is told by the surface

FIRST_PAUSE_S, LAST_PAUSE_S, PAUSE_GROWTH = 0.5, 10.0, 1.1
"""Grows slowly: a broker that restarts within 15 s is found again within 2 s, one that is gone costs nothing."""
STEADY_S = 5.0
OFTEN = 4
"""Connections that are lost so often, each within STEADY_S, have a rival (MQTT 3.1.1 brokers do not say so)."""
RIVAL = "perhaps another client has our identifier: give one of them another mqtt.id"
PATIENCE_S = 5.0
"""How long the broker may take to answer anything, and how often it is asked whether it lives."""
FAREWELL_S = 1.0
MAX_WAITING = 1024
MAX_PACKET_BYTES = 8192
"""Told to the broker (MQTT 5), which drops what is larger: 256 MiB of payload never reach us."""
NO_RETAINED = 2
"""Retain handling: send no retained messages when we subscribe."""
NO_DELAY = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
"""Our acknowledgements must not wait for the kernel's: the broker sends no more than 20 commands without them."""
NEWEST = aiomqtt.ProtocolVersion.V5
OTHER_PROTOCOL = (1, 132)
"""The broker is older than MQTT 5 (CONNACK of MQTT 3.1.1, and of 5)."""
TAKEN_OVER = 142
"""Another client came with our identifier (MQTT 5, session taken over)."""


class _Client(aiomqtt.Client):
    """Asks the loop for a writer only while the socket is open; aiomqtt 2.5 may ask for one that has just closed."""

    def _on_socket_register_write(self, _client: Any, _userdata: Any, sock: Any) -> None:
        def register() -> None:
            with contextlib.suppress(RuntimeError):  # uvloop has closed its side: the connection is being given up
                if sock.fileno() >= 0:
                    self._loop.add_writer(sock.fileno(), self._write)

        self._loop.call_soon_threadsafe(register)  # paho calls from the thread that connects, too

    def _write(self) -> None:
        try:
            self._client.loop_write()
        except Exception as error:
            if not self._disconnected.done():
                self._disconnected.set_exception(error)


class MqttDriver:
    """Runs until cancelled."""

    def __init__(self, config: Mqtt, mailbox: Mailbox) -> None:
        """Prepare; nothing is open until `run`."""
        self._config, self._mailbox = config, mailbox
        self._protocol = NEWEST
        self._online_since = math.inf

    async def run(self) -> None:
        """Stay connected; every trouble is told as a state and tried again after a pause."""
        pause, evictions = FIRST_PAUSE_S, 0
        while True:
            self._online_since = math.inf
            self._mailbox.state("connecting", "")
            try:
                await self._session()
            except* (aiomqtt.MqttError, OSError) as group:
                code, reason = _why(group)
                if code in OTHER_PROTOCOL:
                    self._protocol = aiomqtt.ProtocolVersion.V311
                lasted = time.monotonic() - self._online_since
                if lasted >= 0:
                    pause = FIRST_PAUSE_S
                    evictions = evictions + 1 if lasted < STEADY_S else 0
                if code == TAKEN_OVER:
                    pause = LAST_PAUSE_S  # two that throw each other out would do so for ever
                if code == TAKEN_OVER or evictions >= OFTEN:
                    reason = f"{reason}; {RIVAL}"
                self._mailbox.state("waiting", reason)
            await asyncio.sleep(pause)
            pause = min(pause * PAUSE_GROWTH, LAST_PAUSE_S)

    async def _session(self) -> None:
        async with self._client() as client:
            client.pending_calls_threshold = MAX_WAITING
            await self._subscribe(client)
            await _publish(client, [self._mailbox.greeting])
            self._online_since = time.monotonic()
            self._mailbox.state("online", "")
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._receive(client))
                    for collect, pause in self._mailbox.collect:
                        group.create_task(_send(client, collect, pause))
            except asyncio.CancelledError:
                with contextlib.suppress(aiomqtt.MqttError, TimeoutError):
                    async with asyncio.timeout(FAREWELL_S):
                        await _publish(client, [self._mailbox.farewell])
                raise

    def _client(self) -> aiomqtt.Client:
        farewell = self._mailbox.farewell
        modern = self._protocol is aiomqtt.ProtocolVersion.V5
        properties = Properties(PacketTypes.CONNECT) if modern else None  # type: ignore[no-untyped-call]
        if properties is not None:
            properties.MaximumPacketSize = MAX_PACKET_BYTES
        return _Client(
            self._config.host or "",
            self._config.port,
            username=self._config.username,
            password=self._config.password,
            identifier=f"melody-engine-{self._config.id}",
            protocol=self._protocol,
            will=aiomqtt.Will(farewell.topic, farewell.payload, farewell.qos, farewell.retain),
            clean_session=None if modern else True,  # MQTT 5: a first connection starts clean by default
            properties=properties,
            timeout=PATIENCE_S,
            keepalive=round(PATIENCE_S),
            max_queued_incoming_messages=MAX_WAITING,
            max_queued_outgoing_messages=MAX_WAITING,
            socket_options=(NO_DELAY,),
            logger=QUIET,
        )

    async def _subscribe(self, client: aiomqtt.Client) -> None:
        if self._protocol is aiomqtt.ProtocolVersion.V5:
            options = SubscribeOptions(qos=1, retainHandling=NO_RETAINED)
            await client.subscribe(self._mailbox.topic, options=options)
        else:
            await client.subscribe(self._mailbox.topic, qos=1)

    async def _receive(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            payload = message.payload if isinstance(message.payload, bytes) else str(message.payload).encode()
            self._mailbox.arrived(message.topic.value, payload, message.retain)


async def _send(client: aiomqtt.Client, collect: Callable[[], Awaitable[list[Letter]]], pause: float) -> None:
    while True:
        await _publish(client, await collect())
        await asyncio.sleep(pause)


async def _publish(client: aiomqtt.Client, letters: list[Letter]) -> None:
    """Publish all and wait until the broker has them: no more than one batch is ever under way."""
    await asyncio.gather(*(client.publish(*letter) for letter in letters))


def _why(group: BaseExceptionGroup[Exception]) -> tuple[int, str]:
    """Return the code of the first error that has one (else -1), and what it says."""
    errors: list[BaseException] = list(group.exceptions)
    reason = ""
    while errors:
        error = errors.pop(0)
        if isinstance(error, BaseExceptionGroup):
            errors += error.exceptions
            continue
        reason = reason or str(error)
        code = getattr(error, "rc", None)
        if code is not None:
            return int(getattr(code, "value", code)), str(error)
        errors += [error.__cause__] if error.__cause__ else []
    return -1, reason
