"""A sink and a tape that remember, and a check of the law of presses and releases."""

from collections import defaultdict

from server.player.sink import NoSink, NoTape
from server.player.wire import NOTE_OFF, NOTE_ON


class FakeSink(NoSink):
    def __init__(self, lead_s=0.0):
        super().__init__()
        self.lead_s = lead_s
        self.sent = []
        self.hurried = 0

    def send(self, port, time, data):
        self.sent.append((port, time, data))

    def hurry(self):
        self.hurried += 1

    def on(self, port):
        return [data for name, _, data in self.sent if name == port]

    def times(self, port, kind=NOTE_ON):
        return [round(time, 9) for name, time, data in self.sent if name == port and data[0] & 0xF0 == kind]


class FakeTape(NoTape):
    def __init__(self):
        super().__init__()
        self.events, self.sections = [], []

    def start(self, tick, bpm):
        self.events.append(("start", tick, bpm))

    def tempo(self, tick, bpm):
        self.events.append(("tempo", tick, bpm))

    def section(self, tick, name):
        self.sections.append((tick, name))

    def press(self, tick, voice, note):
        self.events.append(("press", tick, voice, note.pitch))

    def release(self, tick, voice, pitch):
        self.events.append(("release", tick, voice, pitch))


def balance(sent):
    """Sounding notes after the messages; fails where a note is pressed or released twice."""
    sounding = defaultdict(set)
    for port, _, data in sent:
        note = (data[0] & 0x0F, data[1]) if len(data) > 1 else None
        if data[0] & 0xF0 == NOTE_ON:
            assert note not in sounding[port], "pressed twice"
            sounding[port].add(note)
        elif data[0] & 0xF0 == NOTE_OFF:
            assert note in sounding[port], "released twice"
            sounding[port].discard(note)
    return {port: notes for port, notes in sounding.items() if notes}
