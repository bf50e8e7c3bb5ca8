from server.player.intake import MAX_SYSEX_BYTES, MAX_TAKEN, MAX_WAITING, Intake

WOKEN = []


def intake():
    WOKEN.clear()
    return Intake(lambda: WOKEN.append(1))


def test_a_flood_of_one_controller_leaves_its_last_value():
    box = intake()
    for value in range(100):
        box.put(value, bytes((0xB0, 1, value)))
    box.put(100, b"\x90\x3c\x40")
    assert [(m.time, m.data) for m in box.take()] == [(99, b"\xb0\x01\x63"), (100, b"\x90\x3c\x40")]
    assert len(WOKEN) == 1


def test_notes_and_clock_are_never_merged():
    box = intake()
    for _ in range(3):
        box.put(0.0, b"\xf8")
        box.put(0.0, b"\x90\x3c\x40")
    assert len(box.take()) == 6
    assert not box


def test_parts_of_an_rpn_keep_their_order():
    box = intake()
    parts = [bytes((0xB0, controller, 5)) for controller in (101, 100, 6, 101, 100, 6)]
    for part in parts:
        box.put(0.0, part)
    assert [m.data for m in box.take()] == parts


def test_long_system_exclusive_active_sensing_and_nothing_are_dropped():
    box = intake()
    box.put(0.0, b"\xf0" + bytes(MAX_SYSEX_BYTES) + b"\xf7")
    box.put(0.0, b"\xfe")
    box.put(0.0, b"")
    assert box.take() == []
    assert WOKEN == []


def test_it_is_bounded():
    box = intake()
    for index in range(2 * MAX_WAITING):
        box.put(float(index), b"\xf8")
    assert len(box.take()) == MAX_TAKEN
    left = sum(1 for _ in iter(box.take, []))
    assert left == MAX_WAITING // MAX_TAKEN - 1


def test_pitch_bend_and_pressure_are_continuous():
    box = intake()
    for value in range(5):
        box.put(0.0, bytes((0xE0, 0, value)))
        box.put(0.0, bytes((0xA0, 60, value)))
        box.put(0.0, bytes((0xD1, value)))
    assert [m.data for m in box.take()] == [b"\xe0\x00\x04", b"\xa0\x3c\x04", b"\xd1\x04"]
