import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_message import OscMessage

from server.surfaces.osc.encode import encode, encode_bundle
from server.surfaces.osc.packet import decode

VALUES = st.one_of(
    st.integers(-(2**31), 2**31 - 1),
    st.floats(width=32, allow_nan=False),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40),
    st.binary(max_size=40),
)


@given(st.lists(VALUES, max_size=12))
def test_python_osc_and_our_decoder_read_what_we_write(values):
    packet = encode("/state/tension", values)

    assert OscMessage(packet).params == values
    assert decode(packet)[0].args == tuple(values)


@pytest.mark.parametrize(
    ("value", "tag", "read"),
    [
        (True, "i", 1),
        (False, "i", 0),
        (None, "i", 0),
        (2**31, "f", float(2**31)),
        (-(2**63), "f", float(-(2**63))),
        (1e300, "f", math.inf),
        (-1e300, "f", -math.inf),
        ("a\0b", "s", "ab"),
        ("\ud800", "s", "?"),
    ],
)
def test_what_has_no_plain_type_is_bent_to_one(value, tag, read):
    packet = encode("/a", [value])

    assert packet[4:8] == f",{tag}\0\0".encode()
    assert decode(packet)[0].args == (read,)


def test_not_a_number_stays_one():
    assert math.isnan(decode(encode("/a", [math.nan]))[0].args[0])


def test_a_bundle_holds_its_packets_in_order():
    packet = encode_bundle([encode("/a", [1]), encode("/b", ["x"])], tag=7 << 32)

    assert [(m.address, m.args, m.tag) for m in decode(packet)] == [("/a", (1,), 7 << 32), ("/b", ("x",), 7 << 32)]
    assert OscBundle(packet).num_contents == 2
