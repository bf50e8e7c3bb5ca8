import math
import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from server.surfaces.osc.packet import MAX_ARGS, MAX_ELEMENTS, BadPacketError, Message, decode
from tools.hostile_osc import HOSTILE, bundle, message

ADDRESSES = st.text(st.characters(min_codepoint=48, max_codepoint=122), min_size=1, max_size=40).map("/".__add__)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
ARGS = st.one_of(
    st.tuples(st.just("i"), st.integers(-(2**31), 2**31 - 1)),
    st.tuples(st.just("h"), st.integers(-(2**63), 2**63 - 1)),
    st.tuples(st.just("f"), st.floats(width=32, allow_nan=False)),
    st.tuples(st.just("d"), st.floats(allow_nan=False)),
    st.tuples(st.just("s"), TEXTS),
    st.tuples(st.just("b"), st.binary(min_size=1, max_size=40)),
    st.tuples(st.just("r"), st.integers(0, 2**32 - 1)),
    st.tuples(st.just("m"), st.tuples(*[st.integers(0, 255)] * 4)),
    st.sampled_from([("T", True), ("F", False), ("N", None)]),
)


def built(address, args):
    builder = OscMessageBuilder(address)
    for tag, value in args:
        builder.add_arg(value, tag)
    return builder.build()


@given(ADDRESSES, st.lists(ARGS, max_size=12))
def test_what_python_osc_builds_is_read_back(address, args):
    (read,) = decode(built(address, args).dgram)

    assert read == Message(address, tuple(bytes(v) if tag == "m" else v for tag, v in args))


@given(st.lists(st.tuples(ADDRESSES, st.lists(ARGS, max_size=4)), max_size=6), st.booleans())
def test_bundles_built_by_python_osc_keep_order_and_tag(messages, timed):
    builder = OscBundleBuilder(1_800_000_000.5 if timed else IMMEDIATELY)
    for address, args in messages:
        builder.add_content(built(address, args))
    read = decode(builder.build().dgram)

    assert [m.address for m in read] == [address for address, _ in messages]
    assert {m.tag for m in read} <= {((1_800_000_000 + 2_208_988_800) << 32) + (1 << 31) if timed else None}


@pytest.mark.parametrize(
    ("tags", "body", "args"),
    [
        (",S", b"abc\0", ("abc",)),
        (",c", b"\0\0\0A", ("A",)),
        (",t", struct.pack(">Q", 2**63), (2**63,)),
        (",I", b"", (math.inf,)),
        (",[ff]i", struct.pack(">ffi", 0.5, 1.0, 3), (0.5, 1.0, 3)),
        (",[[]s]", b"Am\0\0", ("Am",)),
        (",", b"", ()),
        (",b", bytes(4), (b"",)),
        (",b", struct.pack(">i", 3) + b"abc\0", (b"abc",)),
        (",sf", b"four\0\0\0\0" + struct.pack(">f", 0.25), ("four", 0.25)),
    ],
)
def test_types_that_python_osc_does_not_build(tags, body, args):
    assert decode(message("/a", tags, body)) == [Message("/a", args)]


@pytest.mark.parametrize("rest", [b"", b"ff\0\0\0\0\0\0"])
def test_without_type_tags_there_are_no_arguments(rest):
    assert decode(b"/play\0\0\0" + rest) == [Message("/play", ())]


def test_an_inner_bundle_keeps_its_own_time_or_else_takes_the_outer():
    inner = bundle(message("/b"), tag=7 << 32)
    read = decode(bundle(message("/a"), inner, bundle(message("/c")), tag=5 << 32))

    assert [(m.address, m.tag) for m in read] == [("/a", 5 << 32), ("/b", 7 << 32), ("/c", 5 << 32)]


def test_an_empty_time_tag_means_at_once():
    assert [m.tag for m in decode(bundle(message("/a"), bundle(message("/b"), tag=5 << 32), tag=0))] == [None, 5 << 32]


def test_bounds_are_inclusive():
    assert len(decode(bundle(*[message("/a")] * MAX_ELEMENTS))) == MAX_ELEMENTS
    assert len(decode(bundle(*[message("/a", "," + "T" * 32)] * (MAX_ARGS // 32)))) == MAX_ARGS // 32
    for packet in (bundle(*[message("/a")] * (MAX_ELEMENTS + 1)), bundle(*[message("/a", "," + "T" * 33)] * 32)):
        with pytest.raises(BadPacketError, match="more than"):
            decode(packet)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_packets_are_read_or_refused_with_a_reason(name):
    packet, acceptable = HOSTILE[name]
    try:
        decode(packet)
    except BadPacketError as error:
        assert not acceptable
        assert 0 < len(str(error)) < 120
        assert str(error).isprintable()
    else:
        assert acceptable


def mutant(rng, seeds):
    """Return a packet with a few bytes changed, cut, doubled, or a word of it made extreme."""
    data = bytearray(rng.choice(seeds))
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(data) + 1)
        match rng.randrange(5):
            case 0 if data:
                data[at % len(data)] = rng.randrange(256)
            case 1:
                del data[at : at + rng.choice((1, 4, 16))]
            case 2:
                data[at:at] = data[at // 4 * 4 : at // 4 * 4 + rng.choice((4, 8, 64))]
            case 3:
                data[at // 4 * 4 : at // 4 * 4 + 4] = struct.pack(
                    ">i", rng.choice((-(2**31), -4, -1, 0, 3, 4, 2**31 - 1))
                )
            case 4:
                data[at:at] = bytes(rng.choice((1, 2, 4)))
    return bytes(data[: len(data) // 4 * 4] if rng.random() < 0.8 else data)


@settings(max_examples=20)
@given(st.integers(0, 2**32))
def test_ten_thousand_mutants_raise_nothing_else(seed):
    rng = random.Random(seed)
    seeds = [p for p, _ in HOSTILE.values() if len(p) < 512] + [
        built("/voice/lead/level", [("f", 0.5), ("s", "bar"), ("b", b"12345")]).dgram,
        bundle(message("/a", ",[iT]s", b"\0\0\0\1Am\0\0"), bundle(message("/b", ",d", bytes(8)), tag=9), tag=2**62),
    ]
    read = refused = 0
    for _ in range(500):
        try:
            for each in decode(mutant(rng, seeds)):
                assert isinstance(each.address, str)
            read += 1
        except BadPacketError:
            refused += 1
    assert read
    assert refused


@given(st.binary(max_size=512))
def test_noise_raises_nothing_else(data):
    for packet in (data, b"/" + data[: len(data) // 4 * 4 - 1], b"#bundle\0" + data[: len(data) // 4 * 4]):
        try:
            decode(packet)
        except BadPacketError as error:
            assert str(error)
