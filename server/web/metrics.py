"""`/metrics`: the figures of the status for Prometheus, made when they are asked for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from engines.control.command import Value

PREFIX: Final = "melody_engine"
QUANTILES: Final = (0.5, 0.99)
COUNTERS: Final = {
    "bars_late": "Bars that were not written when their line came.",
    "late": "Bars and notes that were late.",
    "understudied": "Voices of bars that an understudy played because an expert failed or was late.",
    "experts_late": "Answers of experts that came too late.",
    "rejected": "Commands and packets that were refused.",
    "player_restarts": "Player processes that were replaced.",
    "osc_received": "OSC messages received.",
    "osc_overflowed": "OSC packets that the system dropped before they were read.",
    "web_refused": "Requests and connections that were refused.",
    "web_dropped": "Clients that were dropped because they did not read.",
}
"""Keys of the status that only grow."""
GAUGES: Final = {
    "playing": "Whether the music runs.",
    "web_clients": "Pages and OSCQuery clients connected.",
    "osc_subscribers": "OSC subscribers.",
}


class Figures(Collector):
    """Reads the status. bars: how many were decided; generation_ms: of the last bars."""

    def __init__(
        self,
        status: Callable[[], Mapping[str, Value]],
        bars: Callable[[], int],
        generation_ms: Sequence[float],
    ) -> None:
        """Read nothing yet."""
        self._status, self._bars, self._generation_ms = status, bars, generation_ms

    def collect(self) -> Iterator[Metric]:
        """Return the metrics of now."""
        status = self._status()
        yield _counter("bars", "Bars decided.", self._bars())
        for key, about in COUNTERS.items():
            yield _counter(key, about, _number(status, key))
        for key, about in GAUGES.items():
            yield GaugeMetricFamily(f"{PREFIX}_{key}", about, _number(status, key))
        up = status.get("experts_state") == "up"
        yield GaugeMetricFamily(f"{PREFIX}_experts_up", "Whether the experts' workers run.", up)
        yield GaugeMetricFamily(f"{PREFIX}_tempo_bpm", "Tempo, beats per minute.", _number(status, "tempo"))
        yield GaugeMetricFamily(
            f"{PREFIX}_headroom_seconds",
            "How long before its line a bar is decided.",
            _number(status, "headroom_ms") / 1e3,
        )
        yield GaugeMetricFamily(f"{PREFIX}_uptime_seconds", "Since the server started.", _number(status, "uptime_s"))
        yield self._generation()
        yield InfoMetricFamily(f"{PREFIX}_build", "What runs.", {"version": str(status.get("version", ""))})

    def _generation(self) -> Metric:
        about = f"What a whole bar took to write, quantiles of the last {len(self._generation_ms)} bars."
        metric = GaugeMetricFamily(f"{PREFIX}_generation_seconds", about, labels=["quantile"])
        times = sorted(self._generation_ms)
        for quantile in QUANTILES if times else ():
            metric.add_metric([str(quantile)], times[int(quantile * (len(times) - 1))] / 1e3)
        return metric


def registry(figures: Figures) -> CollectorRegistry:
    """Return a registry of our own: these figures, and memory, files and processor time of this process."""
    own = CollectorRegistry(auto_describe=False)
    own.register(figures)
    ProcessCollector(registry=own)
    return own


def text(own: CollectorRegistry) -> bytes:
    """Return the figures in Prometheus' text format 0.0.4."""
    return generate_latest(own)


def _counter(key: str, about: str, value: float) -> Metric:
    return CounterMetricFamily(f"{PREFIX}_{key}", about, value)


def _number(status: Mapping[str, Value], key: str) -> float:
    value = status.get(key, 0)
    return float(value) if isinstance(value, int | float) else 0.0
