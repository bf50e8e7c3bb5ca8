from engines.measure.drums import mean_error


def test_only_hits_count() -> None:
    assert mean_error([0.5, 0.0, 1.0], [1.0, 1.0, 0.5], [1, 0, 1]) == 0.5
    assert mean_error([0.5], [1.0], [0]) == 0.0
