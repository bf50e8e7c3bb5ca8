from engines.control.command import Command
from engines.control.desk import Desk
from engines.control.past import Restore
from engines.control.tree import When
from engines.units import TICKS_PER_BAR
from server.journal import Commanded, Decided
from server.wishes import Wishes, musical
from tests.engines.band import GENRES, control
from tests.engines.control.test_desk import command


class Records(list):
    write = list.append


def wishes():
    records = Records()
    return Wishes(Desk(control()), GENRES, records), records


def say(wishes, *one):
    said = command(*one)
    wishes.desk.receive(said)
    wishes.hear(said, 3)


def test_the_first_control_is_journaled_before_anything_is_wished():
    _, records = wishes()
    assert records == [Decided(0, 0, control())]


def test_a_wish_is_journaled_as_it_came_the_moment_it_is_heard():
    heard, records = wishes()
    say(heard, "/tension", 0.9, "phrase")
    assert records[1:] == [Commanded(3, "tension", (0.9, "phrase"), "phrase")]


def test_an_undo_is_journaled_as_what_it_means():
    heard, records = wishes()
    say(heard, "/tension", 0.9)
    heard.take(When.bar, 0)
    say(heard, "/undo")
    (back,) = records[-1].pending
    assert isinstance(back, Restore)
    assert back.control.tension == control().tension


def test_a_control_is_journaled_when_it_is_another_one():
    heard, records = wishes()
    heard.settle(4, 0, heard.control)
    assert len(records) == 1
    heard.settle(5, 480, control(density=0.1))
    assert records[1:] == [Decided(5, 480, control(density=0.1))]


def test_held_keys_are_no_wish_for_the_next_main():
    heard, records = wishes()
    held = Command("held", (), When.bar)
    heard.desk.receive(held)
    heard.hear(held, 0)
    heard.settle(1, 0, control(density=0.1))
    assert records[1:] == [Decided(1, 0, control(density=0.1))]


def test_mute_solo_and_tempo_are_not_composed():
    desk = Desk(control())
    for one in (("/voice/lead/mute", 1), ("/voice/bass/solo", 1), ("/tempo", 99)):
        desk.receive(command(*one))
    assert musical(desk.wish) == musical(control())
    desk.receive(command("/voice/bass/level", 0.1))
    assert musical(desk.wish) != musical(control())


def test_ramps_end_when_the_music_begins_again():
    heard, _ = wishes()
    say(heard, "/tension", 0.9, 64)
    heard.take(When.bar, 40 * TICKS_PER_BAR)
    heard.rewind()
    assert heard.control.tension.at(0) == 0.9
