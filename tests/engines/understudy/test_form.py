from collections import Counter

from engines.form import ask
from engines.understudy.form import RuleForm
from tests.engines.band import GENRES

GENRE = GENRES["uplifting"]


def follow(section, seed):
    first = RuleForm().choose(ask(GENRE, (), total=None, seed=0))
    return RuleForm().choose(ask(GENRE, (first.__class__(section, 16, 0.5, (0.1, 0.2)),), total=None, seed=seed))


def test_a_piece_begins_with_the_genres_first_section_as_the_genre_draws_it():
    visit = RuleForm().choose(ask(GENRE, (), total=None, seed=3))
    drawn = GENRE.sections[GENRE.first]
    assert (visit.section, visit.bars, visit.energy, visit.tension) == (
        GENRE.first,
        drawn.bars,
        drawn.energy,
        drawn.tension,
    )


def test_what_follows_is_weighted_by_the_genre():
    found = Counter(follow("drop", seed).section for seed in range(600))
    weights = GENRE.sections["drop"].follows
    assert set(found) == set(weights)
    for name, weight in weights.items():
        assert abs(found[name] / 600 - weight / sum(weights.values())) < 0.08


def test_the_same_seed_chooses_the_same():
    assert follow("drop", 5) == follow("drop", 5)
