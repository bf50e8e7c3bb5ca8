"""The sections of the configuration as frozen structs; what each key means stands in `configs/live.yaml`."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from engines.control.state import After
from engines.strict import MisfitError
from engines.units import VOICES
from server.player.config import MidiConfig
from server.surfaces.midimap import MidiMap

Voice = Annotated[str, Meta(extra={"names": VOICES})]
Chain = Annotated[str, Meta(extra={"names": (*VOICES, "harmony", "form")})]

Text = Annotated[str, Meta(min_length=1, max_length=256)]
Name = Annotated[str, Meta(min_length=1, max_length=64)]
Path = Annotated[str, Meta(min_length=1, max_length=4096)]
PortNumber = Annotated[int, Meta(ge=1, le=65535)]
Unit = Annotated[float, Meta(ge=0, le=1)]
Milliseconds = Annotated[float, Meta(ge=0, le=2000)]
Bars = Annotated[int, Meta(ge=1, le=4096)]
Topic = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^/+#\x00-\x1f]+$")]
Token = Annotated[str, Meta(min_length=12, max_length=128, pattern=r"^[A-Za-z0-9_-]+$")]
KeyText = Annotated[str, Meta(max_length=32, extra={"reads": "key"})]
ChordsText = Annotated[str, Meta(max_length=256, extra={"reads": "chords"})]


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping of the configuration: immutable, strict."""


class Osc(Section, frozen=True):
    """OSC over UDP; receive_buffer in bytes, lease_s seconds without a message until a subscription ends."""

    host: Text
    port: PortNumber
    receive_buffer: Annotated[int, Meta(ge=65_536, le=268_435_456)]
    lease_s: Annotated[float, Meta(ge=1, le=86_400)]


class Web(Section, frozen=True):
    """HTTP and WebSocket. token null = a new one at every start; the rest bounds what clients may take of us."""

    enabled: bool
    host: Text
    port: PortNumber
    token: Token | None
    announce: bool
    clients: Annotated[int, Meta(ge=1, le=1024)]
    connections: Annotated[int, Meta(ge=2, le=4096)]
    requests_per_s: Annotated[float, Meta(ge=1, le=10_000)]
    frame_bytes: Annotated[int, Meta(ge=256, le=1_048_576)]
    frames_per_s: Annotated[float, Meta(ge=1, le=10_000)]
    frames_burst: Annotated[int, Meta(ge=1, le=10_000)]
    outbox_bytes: Annotated[int, Meta(ge=262_144, le=67_108_864)]
    outbox_frames: Annotated[int, Meta(ge=64, le=65_536)]
    stalled_s: Annotated[float, Meta(ge=1, le=600)]
    request_s: Annotated[float, Meta(ge=1, le=600)]


class Mqtt(Section, frozen=True):
    """MQTT; host null = off. id: the second level of every topic."""

    host: Text | None
    port: PortNumber
    id: Topic
    username: Text | None
    password: Text | None


class Clock(Section, frozen=True):
    """Who leads the tempo."""

    source: Literal["internal", "midi", "link"]


class Output(Section, frozen=True):
    """A file that the server writes; path null = `recordings/<date and time>` in the current folder."""

    enabled: bool
    path: Path | None


class Growing(Output, frozen=True):
    """One that grows: part_mb: when it is begun anew; parts: how many older ones stay, null = all."""

    part_mb: Annotated[float, Meta(ge=0.1, le=1000)]
    parts: Annotated[int, Meta(ge=0, le=100_000)] | None


class VoiceStart(Section, frozen=True):
    """One voice at start; density .5 = as the whole band."""

    level: Unit
    density: Unit


class Stretch(Section, frozen=True):
    """A section of an arrangement and its length; tension at its start and end, none = as the genre has it."""

    section: Name
    bars: Annotated[int, Meta(ge=1, le=256)]
    tension: Annotated[list[Unit], Meta(min_length=2, max_length=2)] | None = None


class Start(Section, frozen=True):
    """What plays at start. chords: a loop, or `auto`. tempo, humanize, swing: None = the genre's."""

    genre: Name
    section: Name
    tension: Unit
    chords: ChordsText
    key: KeyText
    tempo: Annotated[float, Meta(ge=20, le=300)] | None
    density: Unit
    variation: Unit
    humanize: Unit | None
    swing: Unit | None
    seed: Annotated[int, Meta(ge=0, le=2**31 - 1)]
    autopilot: bool
    arrangement: list[Stretch]
    after: After
    candidates: Annotated[int, Meta(ge=0, le=64)]
    voices: dict[Voice, VoiceStart]


class Memory(Section, frozen=True):
    """`slow` bars `within` so many make the headroom as long as all of them would have needed."""

    slow: Bars
    within: Bars

    def __post_init__(self) -> None:
        """Refuse a memory that can never hold."""
        if self.slow > self.within:
            raise MisfitError(
                f"{self.slow} bars cannot be slow within {self.within} (nearest: {self.within})", "slow", "within"
            )


class Band(Section, frozen=True):
    """Who plays, and by when a bar must be there.

    lineup: per voice and for the chords a chain of experts; behind each chain stand the rules.
    """

    lineup: dict[Chain, list[Name]]
    headroom_low_ms: Milliseconds
    headroom_high_ms: Milliseconds
    headroom_start_ms: Milliseconds
    headroom_start_bars: Bars
    headroom_memory: list[Memory]
    margin_ms: Milliseconds
    last_moment_ms: Annotated[float, Meta(ge=0, le=100)]
    grace_ms: Annotated[float, Meta(ge=0, le=200)]
    rehearsal_ms: Milliseconds
    asleep_ms: Annotated[float, Meta(ge=100, le=10_000)]
    rest_after: Annotated[int, Meta(ge=1, le=100)]
    probe_bars: Bars
    stuck_ms: Annotated[float, Meta(ge=100, le=60_000)]
    workers: Annotated[int, Meta(ge=1, le=16)]

    def __post_init__(self) -> None:
        """Refuse bounds that leave no headroom."""
        if self.headroom_low_ms > self.headroom_high_ms:
            problem = f"headroom_low_ms: {self.headroom_low_ms:g} is above headroom_high_ms: {self.headroom_high_ms:g}"
            raise MisfitError(problem, "headroom_low_ms", "headroom_high_ms")


class Data(Section, frozen=True):
    """A folder of data; null = the one that travels with the package."""

    folder: Path | None


class Config(Section, frozen=True):
    """Everything a user may turn before the music starts."""

    osc: Osc
    web: Web
    mqtt: Mqtt
    midi: MidiConfig
    control: MidiMap
    clock: Clock
    record: Growing
    journal: Growing
    scenes: Output
    start: Start
    band: Band
    models: Data
    genres: Data
