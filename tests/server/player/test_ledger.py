from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from server.player.ledger import Ledger

VOICE = st.sampled_from(("lead", "bass"))
PITCH = st.integers(60, 62)


class Books(RuleBasedStateMachine):
    """Under any sequence: every press that is out has exactly one release, or still sounds."""

    def __init__(self):
        super().__init__()
        self.ledger = Ledger()
        self.owner = 0
        self.pressed, self.released = 0, 0
        self.alive = {}

    @rule(voice=VOICE, pitch=PITCH)
    def press(self, voice, pitch):
        self.owner += 1
        retrigger = self.ledger.press(voice, pitch, self.owner)
        assert retrigger == ((voice, pitch) in self.alive)
        self.released += retrigger
        self.pressed += 1
        self.alive[voice, pitch] = self.owner

    @rule(voice=VOICE, pitch=PITCH, back=st.integers(0, 3))
    def release(self, voice, pitch, back):
        owner = self.alive.get((voice, pitch), self.owner) - back
        right = self.alive.get((voice, pitch)) == owner
        assert self.ledger.release(voice, pitch, owner) == right
        if right:
            del self.alive[voice, pitch]
            self.released += 1

    @rule(voice=VOICE | st.none())
    def clear(self, voice):
        gone = self.ledger.clear(voice)
        assert sorted(gone) == sorted(key for key in self.alive if voice in (None, key[0]))
        for key in gone:
            del self.alive[key]
        self.released += len(gone)

    @invariant()
    def balanced(self):
        assert self.pressed - self.released == len(self.ledger) == len(self.alive)


TestBooks = Books.TestCase
