"""Players for the tests of the supervisor: run in a child process, in place of the real one."""

import os
import queue
import signal

import msgspec

from engines.note import Note
from server.pipe import Pipe
from server.player.config import Boot
from server.player.messages import Beat, Connections, Pulse, Quit, Sounded, Start, Stop, ToPlayer


def obedient(connection):
    """Pulses at every beat from main; start: tells what it was told at birth; stop: freezes; quit: leaves."""
    told = msgspec.msgpack.decode(connection.recv_bytes(), type=Boot)
    inbox = queue.SimpleQueue()
    pipe = Pipe(connection, ToPlayer, inbox.put, lambda: inbox.put(Quit()))
    while not isinstance(message := inbox.get(), Quit):
        match message:
            case Beat():
                pipe.send(Pulse(0.0, os.getpid(), int(told.again), {}, 0.0, len(told.held)))
            case Start():
                pipe.send(Connections((("melody-engine:lead", "synth:in"), *told.connections)))
                pipe.send(Sounded("lead", 0, Note(0, 480, 60, 90)))
            case Stop():
                os.kill(os.getpid(), signal.SIGSTOP)
    os._exit(0)
