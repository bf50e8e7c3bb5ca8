"""Worker processes in virtual time: they load, answer, dawdle, err, loop and die as they are told."""

import asyncio
import contextlib
import itertools
from unittest import mock

from engines.expert import HarmonyRequest
from server.experts.messages import Chose, Failed, Shelf, Summon, Summoned, Wrote
from tests.engines.band import HARMONY, RULES

LOAD_S = 0.1
GOOD = ("good", 0.004)


class Stage:
    """Where the fake workers live.

    deeds: what they do with the next questions, (kind, seconds) with kind good, raise, illegal, loop or die; then GOOD.
    faulty: what experts do whenever they are asked, by name.  failures: what the next starts raise.  deadly, endless:
    whose loading ends the worker, or never ends.  answered: (content, loop time) of every answer, late ones too.
    """

    def __init__(self, deeds=(), failures=()):
        self.deeds, self.failures = list(deeds), list(failures)
        self.pids, self.children, self.answered = itertools.count(1), [], []
        self.deadly, self.endless, self.faulty = set(), set(), {}

    def next_deed(self):
        return self.deeds.pop(0) if self.deeds else GOOD

    @contextlib.contextmanager
    def worker_processes(self):
        """Workers made within this block are fake."""
        with (
            mock.patch("server.experts.process.Cradle", lambda _target: FakeCradle(self)),
            mock.patch("server.experts.process.Pipe", FakePipe),
            mock.patch("asyncio.to_thread", _here),
        ):
            yield


async def _here(function, *args):
    return function(*args)


class FakeChild:
    def __init__(self, stage):
        self.stage, self.pid, self.status, self.on_end = stage, next(stage.pids), None, lambda: None
        stage.children.append(self)

    @property
    def end(self):
        return f"signal {-self.status}"

    def die(self, status):
        if self.status is None:
            self.status = status
            asyncio.get_running_loop().call_soon(self.on_end)

    def kill(self):
        self.die(-9)

    def join(self, _timeout=None):
        return self.status is not None


class FakeCradle:
    def __init__(self, stage):
        self.stage = stage

    async def take(self):
        if self.stage.failures:
            raise self.stage.failures.pop(0)
        return (child := FakeChild(self.stage)), child

    async def close(self):
        pass


class FakePipe:
    """The pipe and the worker behind it: one question after the other."""

    def __init__(self, child, _kind, on_message, on_closed):
        self.child, self.on_message, self.free_at = child, on_message, 0.0
        child.on_end = on_closed

    def close(self):
        pass

    def send(self, message):
        match message:
            case Shelf():
                pass
            case Summon(name, version):
                if name in self.child.stage.deadly:
                    self._later(LOAD_S, lambda: self.child.die(-11))
                elif name in self.child.stage.endless:
                    self.free_at = 1e9
                else:
                    self._later(LOAD_S, lambda: self.on_message(Summoned(name, version, version or "v1")))
            case _:
                kind, cost = self.child.stage.faulty.get(message.name) or self.child.stage.next_deed()
                self._later(1e9 if kind == "loop" else cost, lambda: self._answer(kind, cost, message))
        return self.child.status is None

    def _later(self, cost, what):
        loop = asyncio.get_running_loop()
        self.free_at = max(self.free_at, loop.time()) + cost
        loop.call_at(self.free_at, lambda: self.child.status is None and what())

    def _answer(self, kind, cost, message):
        harmony = isinstance(message.request, HarmonyRequest)
        match kind:
            case "die":
                self.child.die(-11)
                return
            case "raise":
                answer = Failed(message.id, "no idea")
            case "illegal" if harmony:
                answer = Chose(message.id, ((),) * message.request.bars, cost)
            case "illegal":
                answer = Wrote(message.id, {}, cost)
            case _ if harmony:
                answer = Chose(message.id, HARMONY.choose(message.request), cost * 1000)
            case _:
                answer = Wrote(message.id, RULES.write(message.request), cost * 1000)
                self.child.stage.answered.append((answer.bars, asyncio.get_running_loop().time()))
        self.on_message(answer)
