"""How the band sits before a midi-model, and how its events are drawn; every number with its source."""

from typing import Annotated, Final

import msgspec

from engines.units import VOICES

Midi = Annotated[int, msgspec.Meta(ge=0, le=127)]
Channel = Annotated[int, msgspec.Meta(ge=0, le=15)]
DRUM_CHANNEL: Final = 9  # General MIDI channel 10
OPENING_EVENTS: Final = 16  # what a bar says besides notes: metre, key, tempo, programs
# General MIDI programs from 0, as configs/listening.yaml has them; 0 is the standard kit
PROGRAMS: Final = {"lead": 81, "bass": 38, "arp": 80, "pad": 89, "drums": 0}
CHANNELS: Final = {"lead": 0, "bass": 1, "arp": 2, "pad": 3, "drums": DRUM_CHANNEL}
TRACKS: Final = {voice: 1 + at for at, voice in enumerate(VOICES)}  # 0 conducts: tempo, metre, key (their app.py)


class Setting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Parameters of the expert.

    programs 0..127 and channels 0..15 per voice. temperature, top_k (0 = all), top_p 0..1: the presets of the
    publisher's own app.py (1, 20, 0.94). heat: what variation 0..1 adds to or takes from the temperature, around .3, as
    in configs/experts/lead.yaml. eager: nats towards an asked voice's notes at activity 1, away from them at 0.
    accent: share of the model's own dynamics around the wished level, as in lead.yaml. events: most events proposed
    per bar and voice that is not written yet. context: most events heard (the publisher trained on up to 2048).
    event_ms: what an event costs on this machine; 0 = unknown, and then a budget never ends the writing. threads: of
    the graphs.
    """

    programs: dict[str, Midi] = msgspec.field(default_factory=PROGRAMS.copy)
    channels: dict[str, Channel] = msgspec.field(default_factory=CHANNELS.copy)
    temperature: Annotated[float, msgspec.Meta(ge=0.05, le=5)] = 1.0
    top_k: Annotated[int, msgspec.Meta(ge=0)] = 20
    top_p: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.94
    heat: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.3
    eager: Annotated[float, msgspec.Meta(ge=0, le=10)] = 2.0
    accent: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.5
    events: Annotated[int, msgspec.Meta(ge=1, le=1024)] = 64
    context: Annotated[int, msgspec.Meta(ge=64, le=4096)] = 2048
    event_ms: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    threads: Annotated[int, msgspec.Meta(ge=1, le=64)] = 1

    def __post_init__(self) -> None:
        """Refuse a band in which a voice has no seat or shares one."""
        for name, seats in (("programs", self.programs), ("channels", self.channels)):
            if set(seats) != set(VOICES):
                raise ValueError(f"{name}: must name {', '.join(VOICES)}, not {', '.join(seats) or 'nothing'}")
        if len(set(self.channels.values())) != len(VOICES):
            raise ValueError("channels: two voices share a channel")
        if self.channels["drums"] != DRUM_CHANNEL:
            raise ValueError(f"channels: drums {self.channels['drums']}: must be {DRUM_CHANNEL}, as in General MIDI")
        least = self.events * len(VOICES) + OPENING_EVENTS
        if self.context < least:
            raise ValueError(f"context {self.context}: must be {least} at least for {self.events} events per voice")
