"""OSC over UDP: commands in, answers and news out.

packet and encode are the codec, wire is the socket, surface joins them with the stage; schedule, pattern, fanout,
limits, refusals, subscribers, kept and queries are its parts, client is the other end. The parser is our own because
one packet stops the usual ones; time tags, floods, echoes and unknown hosts are all met here, so that the stage sees
only plain messages.
"""

from server.surfaces.osc.surface import OscSurface

__all__ = ["OscSurface"]
