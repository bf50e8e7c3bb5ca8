"""OSCQuery and multicast DNS against programs that we did not write. Behaviour list:

TREE-1 an OSCQuery client lists the whole tree over HTTP and moves a value where HOST_INFO says; ROOT-1 clients that
take anything get the tree, browsers the page; FIND-1 the same client finds the server by multicast DNS; FIND-2 OSC is
found though the page's port is another's; LEAVE-1 a server that ends says good-bye; LISTEN-1 a WebSocket client hears values as OSC, and steers over the same socket;
NAMES-1 it is told when names have changed.
"""

import asyncio
import contextlib
import json
import socket
import subprocess
from pathlib import Path

import aiohttp
import pytest
from zeroconf import ServiceStateChange
from zeroconf.asyncio import AsyncServiceBrowser, AsyncZeroconf

from engines.control.tree import BY_PATH
from server.surfaces.osc.encode import encode
from server.surfaces.osc.packet import decode
from tests.e2e.osc_peers import program
from tests.e2e.server import running_server

pytestmark = pytest.mark.e2e
HAND = Path(__file__).with_name("node") / "oscquery_hand.cjs"
PATIENCE_S = 20.0
KINDS = ("_oscjson._tcp.local.", "_osc._udp.local.")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("oscquery")) as server:
        yield server


def hand(host, server, value):
    """Let the client look, move /tension and look again; return what it found."""
    if not (HAND.parent / "node_modules").is_dir():
        pytest.fail(f"the OSCQuery client is missing: npm --prefix {HAND.parent} ci")
    command = [program("node"), HAND, host, str(server.web_port), "/tension", str(value)]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def tension(server):
    return next(reply.args for reply in server.ask("/get", "tension") if reply.address == "/state/tension")


def test_a_client_lists_the_tree_and_moves_a_value(server):
    found = hand("127.0.0.1", server, 0.75)
    assert found["host"]["oscPort"] == server.port
    assert found["host"]["extensions"]["LISTEN"]
    methods = {method["full_path"]: method for method in found["methods"]}
    assert methods.keys() == {f"/{path}" for path in BY_PATH}
    (value,) = methods["/tension"]["arguments"]
    assert value["type"] == "f" and value["range"] == {"min": 0, "max": 1}
    assert "drop" in methods["/section"]["arguments"][0]["range"]["vals"]
    assert found["after"] == 0.75
    assert tension(server) == (0.75,)


def test_a_client_finds_the_server_by_itself(server):
    found = hand("-", server, 0.25)
    assert found["port"] == server.web_port and found["host"]["oscPort"] == server.port
    assert tension(server) == (0.25,)


def test_a_server_is_found_while_it_runs(tmp_path):
    async def watch():
        came, went = asyncio.Event(), asyncio.Event()
        ports = {}
        here = AsyncZeroconf(interfaces=["127.0.0.1"])

        async def look(kind, name):
            info = await here.async_get_service_info(kind, name)
            if info is not None and info.port in (server.port, server.web_port):
                ports[name] = (kind, info.port, info.parsed_addresses())
                came.set() if len(ports) == 2 else None

        def changed(zeroconf, service_type, name, state_change):
            if state_change is ServiceStateChange.Removed:
                ports.pop(name, None)
                went.set() if not ports else None
            else:
                looks.append(asyncio.ensure_future(look(service_type, name)))

        looks = []
        with contextlib.ExitStack() as stack:
            server = await asyncio.to_thread(stack.enter_context, running_server(tmp_path))
            browser = AsyncServiceBrowser(here.zeroconf, list(KINDS), handlers=[changed])
            async with asyncio.timeout(PATIENCE_S):
                await came.wait()
            assert sorted(ports.values()) == [
                ("_osc._udp.local.", server.port, ["127.0.0.1"]),
                ("_oscjson._tcp.local.", server.web_port, ["127.0.0.1"]),
            ]
            await asyncio.to_thread(stack.close)
            async with asyncio.timeout(PATIENCE_S):
                await went.wait()
        await asyncio.gather(*looks)
        await browser.async_cancel()
        await here.async_close()

    asyncio.run(watch())


def test_osc_is_found_though_the_page_s_port_is_another_s(tmp_path):
    async def look(server, web_port):
        names, ports = asyncio.Queue(), set()
        here = AsyncZeroconf(interfaces=["127.0.0.1"])
        browser = AsyncServiceBrowser(here.zeroconf, list(KINDS), handlers=[lambda **news: names.put_nowait(news)])
        async with asyncio.timeout(PATIENCE_S):
            while server.port not in ports:
                news = await names.get()
                info = await here.async_get_service_info(news["service_type"], news["name"])
                ports |= {info.port} if info is not None else set()
        assert web_port not in ports
        await browser.async_cancel()
        await here.async_close()

    with socket.create_server(("127.0.0.1", 0)) as other:
        web_port = other.getsockname()[1]
        with running_server(tmp_path, config={"web": {"port": web_port}}) as server:
            asyncio.run(look(server, web_port))
            assert server.status()["web"] == "waiting"


@pytest.mark.parametrize("accept", ["*/*", "application/json, text/plain, */*", "text/html,*/*;q=0.8"])
def test_the_root_is_the_tree_but_for_browsers(server, accept):
    async def ask():
        async with (
            aiohttp.ClientSession() as client,
            client.get(f"http://127.0.0.1:{server.web_port}/", headers={"Accept": accept}) as reply,
        ):
            assert reply.status == 200
            assert reply.content_type == ("text/html" if "html" in accept else "application/json")

    asyncio.run(ask())


async def heard(socket, wanted):
    """Wait for a binary frame with this address; return its arguments."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            for message in decode(await socket.receive_bytes()):
                if message.address == wanted:
                    return message.args


def talk(server, act):
    async def run():
        async with (
            aiohttp.ClientSession() as client,
            client.ws_connect(f"ws://127.0.0.1:{server.web_port}/") as socket,
        ):
            await act(socket)

    asyncio.run(run())


def test_a_websocket_client_hears_values_and_steers(server):
    async def act(socket):
        await socket.send_json({"COMMAND": "LISTEN", "DATA": "/swing"})
        await heard(socket, "/swing")
        await asyncio.to_thread(server.ask, "/swing", 0.5)
        assert await heard(socket, "/swing") == (0.5,)
        await socket.send_bytes(encode("/swing", (0.25,)))
        assert await heard(socket, "/swing") == (0.25,)
        await socket.send_bytes(encode("/sync", (7,)))
        assert await heard(socket, "/synced") == (7,)
        await socket.send_bytes(encode("/swing", (7.0,)))
        assert (await heard(socket, "/rejected"))[0] == "/swing"

    talk(server, act)


def test_a_websocket_client_is_told_of_other_names(server):
    async def act(socket):
        await asyncio.to_thread(server.ask, "/scene/save", "a new one")
        async with asyncio.timeout(PATIENCE_S):
            assert await socket.receive_json() == {"COMMAND": "PATH_CHANGED", "DATA": "/scene"}
        async with (
            aiohttp.ClientSession() as client,
            client.get(f"http://127.0.0.1:{server.web_port}/scene?RANGE") as reply,
        ):
            assert await reply.json() == {"RANGE": [{"VALS": ["a new one"]}]}

    talk(server, act)
