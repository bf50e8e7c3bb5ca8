import msgspec
import pytest

from engines.control.tree import PARAMETERS
from server.player.messages import Gate, Retime
from server.timeline import Timeline
from server.web.messages import Reply, Said, Time, answer, frame, read, told


def test_what_a_page_says_is_read_and_what_we_do_not_know_is_ignored():
    assert read('{"do": "/tension", "args": [0.5, 16, "now", true], "id": 7, "colour": "red"}') == Said(
        do="/tension", args=[0.5, 16, "now", True], id=7
    )
    assert read(b'{"time": 12.5}') == Said(time=12.5)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", msgspec.DecodeError),
        ("nothing", msgspec.DecodeError),
        ('{"do": "/x"', msgspec.DecodeError),
        ("[" * 100_000, (msgspec.DecodeError, RecursionError)),
        ("[1]", msgspec.ValidationError),
        ('{"do": 5}', msgspec.ValidationError),
        ('{"args": [[1]]}', msgspec.ValidationError),
        ('{"args": [{}]}', msgspec.ValidationError),
        ('{"id": 1e300}', msgspec.ValidationError),
        ('{"id": "%s"}' % ("x" * 65), msgspec.ValidationError),
    ],
)
def test_what_is_no_frame_of_ours_is_an_error_of_the_peer(text, error):
    with pytest.raises(error):
        read(text)


def test_frames_are_objects_with_one_key():
    assert (
        frame("tell", Gate("lead", open=False)) == b'{"tell":{"type":"Gate","voice":"lead","open":false,"tick":null}}'
    )
    retime = msgspec.json.decode(frame("tell", Retime(Timeline(120.0, 0.0, 1.5))))
    assert retime == {"tell": {"type": "Retime", "timeline": {"bpm": 120.0, "tick0": 0.0, "time0": 1.5}}}
    assert answer(Reply(7, ok=True)) == b'{"reply":7,"ok":true}'
    assert answer(Reply(None, ok=False, reason="no")) == b'{"reply":null,"ok":false,"reason":"no"}'
    assert answer(Time(1.5, 2.5)) == b'{"time":1.5,"server":2.5}'


def test_the_tree_is_told_as_it_is():
    by_path = {parameter.path: told(parameter) for parameter in PARAMETERS}
    tension = by_path["tension"]
    assert (tension["kind"], tension["when"], tension["toggle"]) == ("value", "bar", False)
    assert [(a["name"], a["low"], a["high"], a["optional"]) for a in tension["arguments"]] == [
        ("value", 0.0, 1.0, False),
        ("beats", 0.0, 4096.0, True),
    ]
    assert by_path["section"]["arguments"][0]["names"] == "section"
