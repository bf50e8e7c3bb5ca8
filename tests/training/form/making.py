"""Tiny made annotations of songs' forms, in the shapes of the real ones."""

import json
import lzma

from tests.training.beats import pack

SONG = """% A Song
VP: I | IV |
In: I | |*3
Vr: $VP*4        % eight bars
Ch: [G] IV | V | I | vi |
Ch2: $Ch*2 I |
S: [C] $In $Vr $Ch $Vr $Ch2 I | $Fadeout
Fadeout: $Ch*3
"""
FORMS = (
    (("intro", 4), ("verse", 16), ("chorus", 8), ("verse", 8), ("trans", 1), ("chorus", 16), ("outro", 8)),
    (("intro", 8), ("verse", 8), ("pre-chorus", 4), ("chorus", 8), ("bridge", 8), ("chorus", 16), ("fadeout", 4)),
)


def make_form_corpus(folder, count=60):
    """Billboard of `count` songs of two forms, one of them twice, one without a form; RS 200 of one song."""
    songs = []
    for number in range(count):
        bars = [[0, "4/4", name, ["C:maj"]] for name, size in FORMS[number % 2] for _ in range(size)]
        songs.append({"title": f"Song no. {number}", "artist": "", "dup": False, "bars": bars})
    songs.append({**songs[0], "dup": True})
    songs.append({**songs[0], "title": "Formless", "bars": songs[0]["bars"][:4]})
    (folder / "mcgill_billboard").mkdir()
    (folder / "mcgill_billboard" / "billboard_bars.json.xz").write_bytes(lzma.compress(json.dumps(songs).encode()))
    files = {f"rs200_harmony/{name}.har": SONG.encode() for name in ("a_song_dt", "a_song_tdc", "song_no_1_dt")}
    pack(folder / "rs200" / "rs200_source.tar.xz", files)
    return folder
