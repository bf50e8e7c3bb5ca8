import msgspec
import pytest
from msgspec.structs import replace

from engines import MelodyEngine, Piece
from engines.ensemble import ENDING
from engines.expert import Request
from engines.form import FormRequest
from engines.studio.cast import Cast
from engines.studio.log import digest, is_log, read
from engines.studio.perform import perform
from engines.units import TICKS_PER_BAR, VOICES
from server.experts.seats import Seat
from tests.engines.band import answer as by_rules
from tests.server.stagehand import Stagehand
from tests.server.virtual import run

WISH = {
    "key": "F#m",
    "bpm": 140,
    "chord_progression": ["i", "VI", "III|VII", "VII"],
    "structure": [{"section": "build", "bars": 4}, {"section": "drop", "bars": 5}, {"section": "breakdown", "bars": 3}],
    "seed": 7,
}


@pytest.fixture(scope="module")
def engine() -> MelodyEngine:
    return MelodyEngine()


def encoded(piece: Piece) -> bytes:
    return msgspec.msgpack.encode([(bar.plan, bar.bars, bar.wire) for bar in piece.bars])


def test_the_structure_is_what_was_asked_for(engine):
    piece = engine.generate(**WISH)
    assert [plan.section for plan in piece.plan] == ["build"] * 4 + ["drop"] * 5 + ["breakdown"] * 3
    assert [plan.section_bar for plan in piece.plan] == [*range(4), *range(5), *range(3)]
    assert [plan.section_bars for plan in piece.plan] == [4] * 4 + [5] * 5 + [3] * 3
    assert [plan.upcoming for plan in piece.plan][3] == "drop"
    assert piece.plan[2].chords[0] != piece.plan[2].chords[2]
    assert all(piece.notes[voice] for voice in VOICES)
    assert piece.seconds == pytest.approx(12 * 4 * 60 / 140)


def test_the_same_arguments_and_seed_give_the_same_notes_whoever_asks(engine):
    assert encoded(engine.generate(**WISH)) == encoded(MelodyEngine().generate(**WISH))


def test_another_seed_gives_other_notes(engine):
    assert engine.generate(**WISH).notes["lead"] != engine.generate(**WISH | {"seed": 8}).notes["lead"]


def test_more_candidates_are_chosen_among(engine):
    wishes = [{"num_candidates": count} for count in (1, 10)]
    one, ten = (engine.generate(**WISH, **wish, tension_curve="rise") for wish in wishes)
    assert one.notes["lead"] != ten.notes["lead"]
    assert one.notes["bass"] == ten.notes["bass"]


def test_a_curve_is_the_tension_of_the_plan(engine):
    piece = engine.generate(**WISH, tension_curve=[0.0, 1.0], model_backend="rules")
    wished = [tension for plan in piece.plan for tension in plan.tension]
    assert wished == pytest.approx([beat / 48 for beat in range(48)], abs=1e-6)


def test_without_accompaniment_the_lead_plays_as_it_would_alone(engine):
    alone, all_of_them = (engine.generate(**WISH, accompaniment=wish) for wish in (False, True))
    assert {voice for voice in VOICES if alone.notes[voice]} == {"lead"}
    assert alone.notes["lead"] == all_of_them.notes["lead"]
    assert alone.bars[0].players["bass"].expert == "tacet"


def test_a_piece_without_structure_is_planned_by_the_form_chair(engine):
    piece = engine.generate(bars=64, model_backend="rules", seed=3)
    assert len(piece.bars) == 64
    assert piece.plan[0].section == "intro"
    assert len({plan.section for plan in piece.plan}) > 1


def test_a_named_backend_plays_whatever_it_can(engine):
    piece = engine.generate(**WISH, model_backend="accompaniment-grid", experts={"lead": "rules"})
    players = {chair: player.expert for chair, player in piece.bars[5].players.items()}
    assert players | {"form": ""} == {
        "lead": "rules", "bass": "accompaniment-grid", "arp": "accompaniment-grid", "pad": "accompaniment-grid",
        "drums": "drums-gru", "form": "",
    }  # fmt: skip


def test_chords_may_be_left_to_the_harmony_chair(engine):
    piece = engine.generate(structure=WISH["structure"], seed=3, experts={"harmony": "harmony-gru"})
    assert "harmony-gru" in {player.expert for bar in piece.bars for player in bar.players.values()}
    assert len({plan.chords for plan in piece.plan}) > 2


def test_live_and_offline_play_the_same_notes_under_the_same_control(engine):
    piece = engine.generate(**WISH, tension_curve="arch", humanization_intensity=0.7)
    voices = {"lead": "lead-transformer", "drums": "drums-gru"}
    ensemble = engine._roster._ensemble

    def answer(request):
        name = voices.get(request.voices[0]) if isinstance(request, Request) else None
        return ensemble.expert(request.voices[0], name, None).write(request) if name else by_rules(request)

    async def live():
        lineup = {voice: [name] for voice, name in voices.items()}
        hand = Stagehand(lineup=lineup, control=piece.order.control, genres=engine.genres)
        hand.experts.ready_seats = {Seat(name) for name in voices.values()}
        hand.experts.answer = answer
        async with hand:
            hand.say("/play")
            await hand.bar(len(piece.bars))
        return hand.player.loads()

    loads = run(live())
    for number, bar in enumerate(piece.bars):
        assert loads[number].tick == number * TICKS_PER_BAR
        assert loads[number].voices == {voice: bar.wire[voice].notes for voice in VOICES}, number


def test_a_log_makes_the_piece_again(engine, tmp_path):
    first, last = engine.generate(**WISH | {"seed": 1}), engine.generate(**WISH)
    file = tmp_path / "some" / "generation.jsonl"
    first.save_log(file)
    last.save_log(file)
    assert is_log(file)
    again, others = MelodyEngine().again(read(file))
    assert others == []
    assert encoded(again) == encoded(last)
    assert again.bars[3].players == last.bars[3].players


def test_a_bar_that_comes_out_otherwise_is_told(engine, tmp_path):
    logged = read(engine.generate(**WISH, model_backend="rules").save_log(tmp_path / "a.jsonl"))
    bars = list(logged.bars)
    bars[4] = replace(bars[4], digest=digest({}))
    assert engine.again(replace(logged, bars=tuple(bars)))[1] == [4]


@pytest.mark.parametrize(
    ("text", "told"), [("", "no complete piece"), ("{}\n", ":1: no line of a generation log"), ("x\n", ":1: ")]
)
def test_a_file_that_is_no_log_is_refused(tmp_path, text, told):
    file = tmp_path / "a.jsonl"
    file.write_text(text)
    assert not is_log(file)
    with pytest.raises(ValueError, match=told):
        read(file)


def test_a_log_of_another_format_and_a_torn_one_are_refused(engine, tmp_path):
    file = engine.generate(**WISH, model_backend="rules").save_log(tmp_path / "a.jsonl")
    whole = file.read_text()
    file.write_text(whole.replace('"format":1', '"format":99'))
    with pytest.raises(ValueError, match="format 99"):
        read(file)
    file.write_text("".join(whole.splitlines(keepends=True)[:-1]))
    with pytest.raises(ValueError, match="no complete piece"):
        read(file)


def test_every_generation_goes_to_the_configured_log(tmp_path):
    config = tmp_path / "mine.yaml"
    config.write_text(f"log: {{path: {tmp_path / 'all.jsonl'}}}\n")
    engine = MelodyEngine(config)
    for seed in (1, 2):
        engine.generate(**WISH | {"seed": seed}, model_backend="rules")
    assert read(tmp_path / "all.jsonl").generation.order.control.seed == 2
    assert (tmp_path / "all.jsonl").read_text().count('"type":"Generation"') == 2


def test_form_requests_tell_nothing_of_curves(engine):
    asked = []
    piece = engine.generate(**WISH, tension_curve="rise", model_backend="rules")
    assert all(visit.curve for visit in piece.order.control.arrangement)
    onwards = replace(piece.order.control, after="free")

    async def live():
        hand = Stagehand(lineup={"form": ["learned"]}, control=onwards)
        hand.experts.answer = lambda request: asked.append(request) or by_rules(request)
        async with hand:
            hand.say("/play")
            await hand.bar(13)

    run(live())
    assert [type(request) for request in asked] == [FormRequest]
    assert [(visit.section, visit.bars, visit.curve) for visit in asked[0].past] == [
        ("build", 4, ()), ("drop", 5, ()), ("breakdown", 3, ()),
    ]  # fmt: skip


@pytest.mark.parametrize(("backend", "times"), [("auto", 1), ("rules", 2)])
def test_the_shelf_is_read_but_once_for_all_chairs(engine, monkeypatch, backend, times):
    asked, real = [], engine._library.list
    monkeypatch.setattr(engine._library, "list", lambda: asked.append(1) or real())
    assert engine.generate(structure=[{"section": "intro", "bars": 1}], model_backend=backend).bars
    assert len(asked) == times


def test_a_piece_ends(engine):
    piece = engine.generate(**WISH | {"chord_progression": None})
    assert [plan.closing for plan in piece.plan] == [False] * 11 + [True]
    assert {chord.name for chord in piece.plan[-1].chords} == {"F#m"}
    assert {player.expert for player in piece.bars[-1].players.values()} == {"rules"}
    assert piece.bars[-1].players["lead"].reason == piece.bars[-1].players["drums"].reason == ENDING
    assert piece.bars[-1].players["pad"].reason == ""  # its chair is the rules' anyway
    assert "lead-transformer" in {bar.players["lead"].expert for bar in piece.bars[:-1]}
    assert piece.misses == ()
    assert piece.scores.figures["rules_share"].value == 0
    assert all(note.tick < 11.1 * TICKS_PER_BAR for note in piece.notes["drums"])
    assert max(note.tick + note.duration for notes in piece.notes.values() for note in notes) <= 12 * TICKS_PER_BAR


@pytest.mark.parametrize(("chords", "end"), [("i VI III VII", "F#m"), ("VI III VII", "E")])
def test_a_piece_of_told_chords_comes_home_or_says_where_it_ends(engine, chords, end, caplog):
    piece = engine.generate(**WISH | {"chord_progression": chords, "model_backend": "rules"})
    assert {chord.name for chord in piece.plan[-1].chords} == {end}
    told = [record.getMessage() for record in caplog.records if record.name == "melody-engine"]
    away = ["the piece ends on E: the chords that are told do not come home to F#m"]
    assert told == (away if end == "E" else [])
    engine.generate(**WISH | {"chord_progression": chords, "model_backend": "rules"}, loop=True)
    assert len(caplog.records) == len(told)


def test_a_piece_of_one_bar_is_its_ending(engine):
    piece = engine.generate(structure=[{"section": "drop", "bars": 1}], key="D dorian")
    assert {chord.name for chord in piece.plan[0].chords} == {"Dm"}
    assert {note.tick for note in piece.notes["pad"]} <= set(range(TICKS_PER_BAR // 16))


def test_a_loop_has_no_ending_and_leads_back(engine):
    piece, ended = (engine.generate(**WISH, loop=loop) for loop in (True, False))
    assert not any(plan.closing for plan in piece.plan)
    assert piece.plan[-1].upcoming == "build"
    assert [bar.wire for bar in piece.bars[:-2]] == [bar.wire for bar in ended.bars[:-2]]
    assert piece.bars[-1].wire != ended.bars[-1].wire


def test_a_log_from_before_there_were_endings_is_made_again_as_it_was(engine, tmp_path):
    piece = engine.generate(**WISH, model_backend="rules")
    order = replace(piece.order, control=replace(piece.order.control, after="free"))
    cast = Cast(engine._roster, {}, engine.config.quality, engine._now)
    bars = tuple(perform(order, engine.genres[order.control.genre], cast))
    file = replace(piece, order=order, bars=bars).save_log(tmp_path / "old.jsonl")
    text = file.read_text()
    assert '"after":"free"' in text
    assert '"loop":false' in text
    file.write_text(text.replace(',"after":"free"', "").replace(',"loop":false', ""))
    again, others = engine.again(read(file))
    assert others == []
    assert not again.plan[-1].closing
