from engines.control.fold import state
from engines.control.tree import BY_PATH, PARAMETERS, STATE_PATHS, When
from engines.units import VOICES
from tests.engines.control.test_desk import control


def test_every_path_stands_once():
    paths = [path for parameter in PARAMETERS for path in (parameter.path, *parameter.aliases)]
    assert len(paths) == len(set(paths)) == len(BY_PATH)
    assert BY_PATH["bpm"] is BY_PATH["tempo"]


def test_every_voice_has_the_same_parameters():
    def of(voice):
        return [p.path.removeprefix(f"voice/{voice}/") for p in PARAMETERS if p.path.startswith(f"voice/{voice}/")]

    assert of("lead") == ["mute", "solo", "level", "density", "expert"]
    assert all(of(voice) == of("lead") for voice in VOICES)


def test_what_must_not_wait_does_not():
    now = {p.path.split("/")[-1] for p in PARAMETERS if p.when is When.now}
    assert now == {"panic", "tempo", "mute", "solo"}


def test_numbers_have_ranges_and_only_the_last_argument_takes_all():
    for parameter in PARAMETERS:
        if parameter.path == "sync":
            continue  # any number of the sender's own
        for argument in parameter.arguments:
            if argument.type != "s":
                assert argument.low is not None, parameter.path
                assert argument.high is not None, parameter.path
                assert argument.low < argument.high
        assert not any(argument.many for argument in parameter.arguments[:-1])


def test_every_state_path_can_be_read():
    assert set(STATE_PATHS) == set(state(control(), playing=False))


def test_what_an_unpaired_host_may_not_use():
    closed = {p.path.split("/")[-1] for p in PARAMETERS if not p.shared}
    assert closed == {"undo", "scene", "save", "expert", "seed"}
