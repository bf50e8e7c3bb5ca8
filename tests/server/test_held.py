from engines.note import Note
from server.held import Held
from server.player.messages import Sounded


def test_held_is_what_may_still_sound():
    held = Held()
    held.add(Sounded("lead", 0, Note(0, 100, 60, 90)))
    held.add(Sounded("pad", 0, Note(0, 1920, 50, 90)))
    held.add(Sounded("bass", 3000, Note(0, 100, 40, 90)))
    assert set(held.notes()) == {("pad", 50), ("bass", 40)}
