"""CycleClock: JACK's smoothed frame clock in seconds of our monotonic clock.

JACK keeps a delay-locked loop over its wake-ups (Adriaensen, "Using a DLL to filter time", LAC 2005) and tells it
by `jack_get_cycle_times`, in microseconds of its own clock: CLOCK_MONOTONIC_RAW on Linux, which drifts against
`time.monotonic` as NTP slews. JACK-Client does not wrap either call.
"""

import ctypes
import time
from typing import Any, Final

import jack

SKEW_SMOOTHING: Final = 0.02  # per cycle: a quarter second at usual periods, far slower than scheduling noise
PAUSE_S: Final = 20e-6  # a reading of the two clocks that took longer was interrupted


class CycleClock:
    """Maps frames of the current cycle to monotonic seconds; `update` is called in the process callback."""

    def __init__(self, client: Any) -> None:
        """Bind to an open client; raises AttributeError where libjack lacks the calls."""
        library = ctypes.PyDLL(jack._libname)  # PyDLL keeps the GIL: giving it up could cost a whole time slice
        self._now = library.jack_get_time
        self._now.restype = ctypes.c_uint64
        self._times = library.jack_get_cycle_times
        self._frame, self._begin, self._end = ctypes.c_uint32(), ctypes.c_uint64(), ctypes.c_uint64()
        pointer = ctypes.c_void_p(int(jack._ffi.cast("uintptr_t", client._ptr)))
        values = (self._frame, self._begin, self._end, ctypes.c_float())
        self._arguments = (pointer, *(ctypes.byref(value) for value in values))
        self._rate = float(client.samplerate)
        self._skew: float | None = None
        self.start, self.per_frame = 0.0, 1.0 / self._rate

    def update(self, frames: int) -> None:
        """Read the times of this cycle: `start` (s) of its first frame, `per_frame` (s)."""
        before = time.monotonic()
        jack_now = self._now() * 1e-6
        after = time.monotonic()
        skew = jack_now - (before + after) / 2
        if self._skew is None or abs(skew - self._skew) > 0.01:
            self._skew = skew
        elif after - before < PAUSE_S:
            self._skew += SKEW_SMOOTHING * (skew - self._skew)
        if self._times(*self._arguments) != 0 or self._end.value <= self._begin.value:
            self.start, self.per_frame = before, 1.0 / self._rate
            return
        self.start = self._begin.value * 1e-6 - self._skew
        self.per_frame = (self._end.value - self._begin.value) * 1e-6 / frames
