import json
import shutil

import msgspec
import numpy as np
import pytest

from engines.codec.grid import context_of, features
from engines.codec.lead import CENTRE, HOLD, REST
from engines.expert import ExpertError
from engines.library import Library, LibraryError
from engines.neural import critic
from engines.neural.critic import FEATURES, FIELDS, FINGERPRINT, HEADS, KINDS, Critic, heard_bars
from engines.neural.probe import probe_plan
from engines.neural.session import StepSession
from tests.engines.neural.toy import ToySpec, make_toy_lead, toy_arrays, toy_card, toy_teacher
from training.export import golden, ports, write_version
from training.networks.step_graph import step_graph

SPEC = ToySpec(FIELDS, (1,) * len(FIELDS), FEATURES, HEADS, layers=1, hidden=4)
GRID = np.stack([features(context_of(probe_plan(n), "lead")) for n in range(4, 8)])  # A minor: C major's tokens
STEPS = 16 * (12 + 7)
GRAPH = step_graph(toy_arrays(SPEC), SPEC)


def card():
    inputs, outputs = ports(SPEC)
    return msgspec.structs.replace(
        toy_card(ToySpec()), kind="critic", voices=(), codec=FINGERPRINT, inputs=inputs, outputs=outputs, heads=HEADS
    )


def shelved(version):
    return msgspec.structs.replace(card(), name="lead-critic", version=version, decoding={})


@pytest.fixture(scope="module")
def judge():
    return critic.build(card(), StepSession(GRAPH))


def bars(*placed, count=4):
    tokens = np.full((1, count, 16), REST)
    for bar, step, token in placed:
        tokens[0, bar, step] = token
    return tokens


def test_the_sounding_pitch_is_told_from_the_chords_root():
    tokens = bars((0, 0, CENTRE + 9), (0, 1, HOLD), (0, 2, CENTRE + 4), (0, 3, CENTRE + 2))  # a, e and d over A minor
    told = critic.features(tokens, GRID[None])[0, 0, :STEPS].reshape(16, -1)
    degrees, onset, sounds, rest, fits = told[:, :12], told[:, 12], told[:, 13], told[:, 14], told[:, 15]
    assert [np.flatnonzero(row).tolist() for row in degrees[:5]] == [[0], [0], [7], [5], []]
    assert onset[:5].tolist() == [1, 0, 1, 1, 0]
    assert sounds[:5].tolist() == [1, 1, 1, 1, 0]
    assert rest[:5].tolist() == [0, 0, 0, 0, 1]
    assert fits[:5].tolist() == [1, 1, 1, 0, 0]
    assert np.allclose(told[:4, 17] * 12, [0, 0, -5, -2])


def test_a_note_rings_over_the_bar_line_and_stops_at_a_rest():
    tokens = bars((0, 15, CENTRE), (1, 0, HOLD), (1, 1, HOLD))
    sounds = critic.features(tokens, GRID[None])[0, 1, :STEPS].reshape(16, -1)[:, 13]
    assert sounds.tolist() == [1, 1] + [0] * 14


def test_what_comes_back_is_told_by_lag():
    tokens = bars((0, 0, 30), (0, 4, 32), (2, 0, 30), (2, 4, 33), (3, 0, 30))
    found = critic.features(tokens, GRID[None])[0, :, -7:-1].reshape(4, 3, 2)
    assert found[2].tolist() == [[0, 0], [1, 0.5], [0, 0]]
    assert np.allclose(found[3, 0], [2 / 3, 2 / 3])


def test_candidates_are_judged_alike_together_and_alone_and_by_their_last_bar(judge):
    heard = bars((0, 0, 30), (1, 4, 32), count=3)[0]
    candidates = bars((0, 0, 30), (1, 0, 36), (2, 8, 20), count=3)[0]
    together = judge.judge(heard_bars(heard, candidates), GRID)
    assert together.shape == (3, len(KINDS))
    assert len(np.unique(together[:, 0])) == 3
    for row, candidate in zip(together, candidates, strict=True):
        assert np.allclose(judge.judge(heard_bars(heard, candidate[None]), GRID), row, atol=1e-5)


def test_without_a_past_the_bar_alone_is_judged(judge):
    found = judge.judge(heard_bars([], bars(count=1)[0]), GRID[:1])
    assert np.isfinite(found).all()


def test_octaves_are_the_tokens_to_tell():
    one, other = (critic.features(bars((0, 0, CENTRE + up)), GRID[None])[0, 0, :STEPS] for up in (9, 21))
    assert (one == other).all()


def test_a_strange_card_is_refused(judge):
    assert isinstance(judge, Critic)
    critic.self_test(judge)
    for change in ({"voices": ("lead",)}, {"heads": (2, 2)}):
        with pytest.raises(ExpertError, match="not of a critic"):
            critic.build(msgspec.structs.replace(card(), **change), StepSession(GRAPH))


def test_a_lead_gets_the_critic_that_its_card_names(tmp_path):
    make_toy_lead(tmp_path)
    name = write_version(tmp_path / "lead-critic" / "v1", shelved("v1"), GRAPH, golden(GRAPH, toy_teacher(SPEC))).name
    library = Library(tmp_path)
    assert library.load("lead-gru").critic is None, "a card that gives it no weight"
    path = tmp_path / "lead-gru" / "v1" / "card.json"
    plain = json.loads(path.read_text())
    for version in (1, 2):
        path.write_text(json.dumps(plain | {"decoding": {"candidates": 2, "rank_critic": 1, "critic": version}}))
        if version == 1:
            assert library.load("lead-gru").critic.name == name
        else:
            with pytest.raises(LibraryError, match="no 'v2'"):
                library.load("lead-gru")
    shutil.rmtree(tmp_path / "lead-critic")
    assert library.load("lead-gru").critic is None, "and on a shelf without one it plays as it did"
    with pytest.raises(LibraryError, match="no chords"):
        library.load_harmony("lead-gru")
