"""REMI through miditok, so that corpora exchange with the ecosystem; every file's round trip is checked.

Law: decode(encode(music)) == what the tokenizer's own grid keeps of it.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from symusic import Note, Score, Tempo, TimeSignature, Track

from engines.units import TICKS_PER_BAR, TICKS_PER_BEAT
from training.corpus.build import notes_of
from training.corpus.piece import Piece

TOKENIZER = "remi.json"
VELOCITIES = 32


@lru_cache(maxsize=1)
def tokenizer() -> Any:
    """Return the tokenizer: every pitch, programs, tempos and metres as tokens."""
    from miditok import REMI, TokenizerConfig

    chosen = TokenizerConfig(
        pitch_range=(0, 127), num_velocities=VELOCITIES, use_programs=True, use_tempos=True, use_time_signatures=True
    )
    return REMI(chosen)


def score_of(piece: Piece) -> Score:
    """Return a piece as a symusic Score of 480 ticks a beat; a pickup becomes the end of a bar of its own."""
    early = min((track.events[0].onset for track in piece.tracks if track.events), default=0) < 0
    shift = TICKS_PER_BAR if early else 0
    score = Score(TICKS_PER_BEAT)
    score.tempos.extend([Tempo(max(0, t.tick + shift), t.bpm) for t in piece.tempos])
    score.time_signatures.extend([TimeSignature(max(0, m.tick + shift), m.beats, m.unit) for m in piece.metres])
    for track in piece.tracks:
        made = Track(track.name, max(0, track.program), track.role == "drums")
        time, duration, pitch, velocity = (np.ascontiguousarray(x) for x in notes_of(track).T.astype(np.int32))
        rows = (time + shift, duration, pitch.astype(np.int8), velocity.astype(np.int8))
        made.notes.extend(Note.from_numpy(*rows))
        score.tracks.append(made)
    return score


def checked(piece: Piece) -> tuple[str, NDArray[np.int32]]:
    """Return (`ok`, or how many notes the round trip lost, or why there are none) and the token ids int32 [N]."""
    if not any(track.events for track in piece.tracks):
        return "no notes", np.zeros(0, np.int32)
    tool = tokenizer()
    kept = tool.preprocess_score(score_of(piece))
    ids = tool.encode(kept, no_preprocess_score=True)
    one = ids if not isinstance(ids, list) else ids[0]
    back = tool.decode(one)
    before, after = _notes(kept), _notes(back)
    lost = len(before ^ after)
    return "ok" if not lost else f"{lost} notes of {len(before)} differ", np.array(one.ids, np.int32)


def _notes(score: Score) -> set[tuple[int | bool, ...]]:
    per = TICKS_PER_BEAT // score.tpq
    return {
        (track.is_drum, 0 if track.is_drum else track.program, n.time * per, n.duration * per, n.pitch, n.velocity)
        for track in score.tracks
        for n in track.notes
    }


def save(corpus: Path) -> None:
    """Write the tokenizer beside the corpus, for whoever reads its ids."""
    tokenizer().save(corpus / TOKENIZER)
