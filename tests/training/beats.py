"""Tiny made corpora in the shapes of the real ones: drums and chords."""

import io
import json
import lzma
import tarfile
from pathlib import Path

import mido

KICK, SNARE, HAT = 36, 38, 42


def drum_file(bars: int, per_beat: int = 480, late: int = 0, metre: tuple[int, int] = (4, 4)) -> bytes:
    """Four kicks, two snares, eight hats a bar; hats `late` ticks behind the grid."""
    hits = []
    for bar in range(bars):
        line = bar * 4 * per_beat
        hits += [(line + beat * per_beat, KICK, 100) for beat in range(4)]
        hits += [(line + beat * per_beat, SNARE, 90) for beat in (1, 3)]
        hits += [(line + half * per_beat // 2 + late, HAT, 60 + 5 * (half % 2)) for half in range(8)]
    track, at = mido.MidiTrack(), 0
    track.append(mido.MetaMessage("time_signature", numerator=metre[0], denominator=metre[1]))
    for tick, key, velocity in sorted(hits):
        track.append(mido.Message("note_on", channel=9, note=key, velocity=velocity, time=tick - at))
        at = tick
    stream = io.BytesIO()
    mido.MidiFile(ticks_per_beat=per_beat, tracks=[track]).save(file=stream)
    return stream.getvalue()


def pack(path: Path, files: dict[str, bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:xz") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def make_drum_corpus(folder: Path) -> Path:
    """Groove with three splits and a waltz, patterns of both books, an electronic song, a game song."""
    rows = ["drummer,session,id,style,bpm,beat_type,time_signature,midi_filename,split"]
    files = {}
    for number in range(24):
        name = f"d/{number}.mid"
        split = "validation" if number % 6 == 0 else "train"
        style = ("dance/disco", "rock", "jazz/swing", "rock")[number % 4]
        kind = "fill" if number % 5 == 0 else "beat"
        files[name] = drum_file(3, late=10)
        rows.append(f"d,s{number},{number},{style},120,{kind},{'3-4' if number == 7 else '4-4'},{name},{split}")
    pack(folder / "groove" / "groove_midi.tar.xz", files)
    (folder / "groove" / "info.csv").write_text("\n".join(rows) + "\n")
    patterns = folder / "drum_patterns"
    patterns.mkdir()
    plain = {"BD": [0, 4, 8, 12], "SD": [4, 12], "CH": list(range(0, 16, 2)), "AC": [4, 12], "CB": [3]}
    dmp = [{"name": "Disco 1", "part": f"Measure {part}", "steps": 16, "tracks": plain} for part in "AB"]
    dmp += [{"name": "Disco 1", "part": "Break", "steps": 16, "tracks": {"HT": [12, 13], "LT": [14, 15]}}]
    dmp += [{"name": "Swing 1", "part": "Measure A", "steps": 12, "tracks": plain}]
    (patterns / "dmp200.json").write_text(json.dumps(dmp))
    tracks = {"Kick": [[0, 0.8], [96, 0.8]], "Cowbell": [[0, 1.0]], "Hi-hat Open": [[24, 0.6]]}
    shapes = (("Rock 1", "rock", 192), ("Rock Break 1", "rock", 192), ("Waltz 1", "waltz", 144))
    hydrogen = [
        {"name": name, "genre": genre, "ticks": ticks, "ticks_per_quarter": 48, "tracks": tracks}
        for name, genre, ticks in shapes
    ]
    (patterns / "hydrogen267.json").write_text(json.dumps(hydrogen))
    pack(folder / "lmms_projects" / "lmms_midi.tar.xz", {"midi/a.mid": drum_file(4), "midi/b.mid": drum_file(4)})
    pack(
        folder / "freedoom_midi" / "freedoom_midi.tar.xz",
        {"musics/a.mid": drum_file(4, per_beat=96), "musics/odd.mid": drum_file(4, metre=(7, 8))},
    )
    return folder


def make_chord_corpus(folder: Path, count: int = 140) -> Path:
    """POP909-CL of `count` loops in G and Em, one Billboard song and its copy, three progressions, one lead sheet."""
    songs = []
    for number in range(count):
        minor, shift = number % 2 == 1, number % 3
        roots = [(root + 7) % 12 for root in ((9, 5, 0, 7), (0, 7, 9, 5), (2, 7, 0, 9))[shift]]
        kinds = {4: "min", 9: "min7", 11: "sus4"}
        chords = [
            [4.0 * bar, 4.0, roots[bar % 4], kinds.get(roots[bar % 4], "maj"), roots[bar % 4]]
            for bar in range(12 + number % 5)
        ]
        songs.append({"id": f"{number:03}", "key": [[0.0, "Em" if minor else "G"]], "timesig": [], "chords": chords})
    (folder / "pop909").mkdir(parents=True)
    lines = "\n".join(json.dumps(song) for song in songs)
    (folder / "pop909" / "pop909_cl_chords.jsonl.xz").write_bytes(lzma.compress(lines.encode()))
    bars = [[9, "4/4", "verse", ["A:min", "D:min7"]]] * 4 + [[9, "4/4", "chorus", ["F:maj", ".", ".", "E:7"]]] * 6
    entry = {"id": "1", "dup": False, "bars": bars}
    billboard = json.dumps([entry, {**entry, "dup": True}])
    (folder / "mcgill_billboard").mkdir()
    (folder / "mcgill_billboard" / "billboard_bars.json.xz").write_bytes(lzma.compress(billboard.encode()))
    tables = {
        "prog_maj": [{"chords": ["I", "V7", "vi", "IV"]}],
        "prog_min": [{"chords": ["i", "iv", "VI", "VII"]}],
        "prog_modal": [{"chords": ["I", "bVIIM", "IV"]}],
    }
    (folder / "free_midi_chords").mkdir()
    (folder / "free_midi_chords" / "progressions.json").write_text(json.dumps(tables))
    names = ["F", "B-", "C7", "F/A", "Gm7", "C7", "F", "Dm", "B-", "C7", "F"]
    sheet = {
        "id": 0,
        "ts": [[0.0, "4/4"]],
        "key": [[0.0, -1, "major"]],
        "chords": [[2.0 * n, c] for n, c in enumerate(names)],
    }
    (folder / "openewld_pd").mkdir()
    (folder / "openewld_pd" / "openewld_pd.jsonl.xz").write_bytes(lzma.compress(json.dumps(sheet).encode()))
    return folder
