import pytest
from msgspec.structs import replace

from tests.engines.neural.toy import ToySpec, toy_card
from training.judge.names import of
from training.judge.quantised import judge

METRICS = {
    "int8_kl": 0.004, "int8_argmax_agreement": 0.99, "int8_fp32_us": 50.0, "int8_int8_us": 25.0,
    "int8_fp32_bytes": 1000.0, "int8_int8_bytes": 300.0,
}  # fmt: skip


def test_figures_are_the_card_s() -> None:
    card = replace(toy_card(ToySpec()), metrics=METRICS, precision="int8")
    found = {figure.name: figure for figure in judge({"lead-gru": card})}
    assert found["int8.lead-gru.kl"].value == 0.004
    assert found["int8.lead-gru.speedup"].value == 2
    assert found["int8.lead-gru.size"].value == pytest.approx(0.3)
    assert all(of(name) is not None for name in found)


def test_what_was_never_quantised_is_left_out_and_what_failed_is_told() -> None:
    assert judge({"x": toy_card(ToySpec())}) == []
    found = judge({"x": replace(toy_card(ToySpec()), metrics={"int8_kl": 0.3})})
    assert found[0].value == 0.3 and found[2].value is None
    assert {figure.note for figure in found} == {"ships as fp32"}
