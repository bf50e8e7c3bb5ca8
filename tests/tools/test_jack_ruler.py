from tools.jack_ruler import Heard, JackEar


def ear(*heard):
    made = object.__new__(JackEar)
    made.heard = [Heard(0, time, port, data) for time, port, data in heard]
    return made


def test_what_hangs_and_what_was_held_longest():
    hears = ear(
        (1.0, "lead", b"\x90\x3c\x40"),
        (1.0, "lead", b"\xf8"),
        (1.5, "bass", b"\x91\x3c\x40"),
        (3.0, "lead", b"\x80\x3c\x40"),
    )
    assert hears.hanging() == [("bass", 1, 60)]
    assert hears.longest() == 2.0
    assert len(hears.notes_on()) == 2
    assert len(hears.notes_on("bass")) == 1
