"""A stage without a performance: the real front and desk, every wish in force at once, all that came in recorded."""

from engines.control.command import Lexicon
from engines.control.desk import Desk
from engines.control.state import Auto, Control, steady
from engines.control.tree import When
from engines.theory.key import Key
from engines.units import VOICES
from server.front import Front

LEXICON = Lexicon(
    sections=("intro", "build", "breakdown", "drop", "outro"),
    genres=("trance", "techno"),
    experts={voice: {"rules": (), "gru": ("1", "2")} for voice in VOICES},
    scenes=("first",),
)


def control():
    return Control("trance", "intro", steady(0.2), Auto(), Key.parse("Am"), steady(138.0))


class FakeStage(Front):
    """received: (address, args, at) of every command as it came, the refused ones too."""

    def __init__(self, lexicon=LEXICON):
        super().__init__(Desk(control(), {"first": control()}), lambda: lexicon)
        self.received = []
        self.on_command = lambda _command: self.desk.take(When.section, 0)
        self.on_transport = self._conduct
        self.report = lambda: (("playing", int(self.playing)), ("tempo", 138.0), ("rejected", self.counts["rejected"]))

    def receive(self, address, args, *, at=None, sweep=False):
        self.received.append((address, tuple(args), at))
        return super().receive(address, args, at=at)

    def _conduct(self, command):
        self.playing = command.path in ("play", "continue")
        self.show(("playing",))
