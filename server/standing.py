"""Standing: where the music stands after a record, the one before it known."""

from msgspec.structs import replace

from engines.control.past import Restore
from engines.control.tree import BY_PATH
from server.player.messages import GoOn, Start, Stop
from server.records import Barred, Began, Commanded, Connected, Decided, Ended, Record, Stood, Told

CONTINUOUS = ("f", "i")


def after(state: Stood | None, record: Record) -> Stood | None:
    """Return where the music stands after a record; None before the first control is told.

    The control is without the chord of held keys: who let them go meanwhile was not heard, and it would stay for ever.
    """
    if isinstance(record, Stood):
        return record
    if isinstance(record, Decided):
        control = replace(record.control, held=None, overruled=False)
        return replace(state or Stood(control), control=control, wishes=record.pending)
    return None if state is None else _after(state, record)


def _after(state: Stood, record: Record) -> Stood:
    match record:
        case Commanded() if BY_PATH[record.address].kind != "transport":
            return replace(state, wishes=(*_standing(state.wishes, record), record))
        case Began():
            return replace(state, cursor=record.cursor, begun=True, playing=True)
        case Barred():
            return replace(state, cursor=record.cursor, bars=state.bars + (record.cursor.bar > state.cursor.bar))
        case Ended():
            return replace(state, cursor=record.cursor, playing=False)
        case Told(message=Start() | GoOn()):
            return replace(state, playing=True)
        case Told(message=Stop()):
            return replace(state, playing=False)
        case Connected():
            return replace(state, connections=record.pairs)
    return state


def _standing(wishes: tuple[Commanded | Restore, ...], last: Commanded) -> tuple[Commanded | Restore, ...]:
    """Return the wishes without the one that the last one makes void: a sensor tells the same number for weeks.

    Only of numbers, and none that was told before an undo or a scene: those count what was said.
    """
    parameter = BY_PATH[last.address]
    if parameter.kind != "value" or not parameter.arguments or parameter.arguments[0].type not in CONTINUOUS:
        return wishes
    for place in range(len(wishes) - 1, -1, -1):
        wish = wishes[place]
        if isinstance(wish, Restore) or BY_PATH[wish.address].kind != "value":
            break
        if wish.address == last.address:
            return wishes[:place] + wishes[place + 1 :]
    return wishes
