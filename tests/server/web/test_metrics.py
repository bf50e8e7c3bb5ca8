from prometheus_client.parser import text_string_to_metric_families

from server.web.metrics import COUNTERS, GAUGES, PREFIX, Figures, registry, text

STATUS = {"bars_late": 2, "headroom_ms": 51.5, "tempo": 138.0, "playing": 1, "version": "1.2", "web_clients": 3}


def sampled(status, generation_ms=()):
    body = text(registry(Figures(lambda: status, lambda: 174, generation_ms)))
    families = list(text_string_to_metric_families(body.decode()))
    assert all(family.documentation for family in families)
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


def test_prometheus_reads_the_status_with_units_in_the_names():
    figures = sampled(STATUS, [10.0] * 99 + [40.0])
    assert figures[f"{PREFIX}_bars_total",] == 174
    assert figures[f"{PREFIX}_bars_late_total",] == 2
    assert figures[f"{PREFIX}_headroom_seconds",] == 0.0515
    assert figures[f"{PREFIX}_generation_seconds", "0.5"] == 0.01
    assert figures[f"{PREFIX}_web_clients",] == 3
    assert figures[f"{PREFIX}_build_info", "1.2"] == 1
    assert {f"{PREFIX}_{key}_total" for key in COUNTERS} | {f"{PREFIX}_{key}" for key in GAUGES} <= {
        name for name, *_ in figures
    }


def test_whether_the_experts_run_is_told():
    for state, up in (("up", 1), ("ended (-9)", 0)):
        assert sampled({"experts_state": state})[f"{PREFIX}_experts_up",] == up


def test_nothing_measured_yet_is_no_error():
    figures = sampled({})
    assert (f"{PREFIX}_generation_seconds", "0.5") not in figures
    assert figures[f"{PREFIX}_playing",] == 0


def test_scraping_again_reads_anew():
    bars = iter((1, 2))
    own = registry(Figures(dict, lambda: next(bars), ()))
    assert b"bars_total 1.0" in text(own)
    assert b"bars_total 2.0" in text(own)
