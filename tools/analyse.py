"""`melody-engine analyse`: the theory analysis of a MIDI file, as text for people and as JSON for programs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from tools.failure import FILE, JSON, Refused
from tools.report import show, write_json

CHORDS_SHOWN = 8
"""Bars a line of chords."""
TRACKS = (
    "track",
    "notes",
    "a bar",
    "a second",
    "off the beat",
    "swing",
    "scale",
    "range",
    "contour",
    "steps",
    "motifs",
)
SECTIONS = ("", "bars", "key", "chords a bar", "notes a bar", "numerals", "cadence", "playing")


@click.command()
@click.argument("file", type=FILE)
@JSON
@click.option("--key", help='Read it all in this key, such as "Am", instead of looking for keys.')
@click.option("--chords", is_flag=True, help="Show every chord, bar by bar.")
def analyse(file: Path, *, json: Path | None, key: str | None, chords: bool) -> None:
    """Tell what a MIDI file is: keys, numerals, cadences, rhythm, melody, form; as a whole, by track, by section."""
    import msgspec

    from engines.analysis.analyse import analyse as analysed
    from engines.analysis.music import MusicError
    from engines.studio.midiread import read_midi
    from engines.theory.key import Key

    try:
        found = analysed(read_midi(file), Key.parse(key) if key else None)
    except MusicError as error:
        raise Refused(str(error), 2) from error
    print_analysis(file.name, found, chords=chords)
    write_json(json, {"file": file.name, **msgspec.to_builtins(found)})


def print_analysis(name: str, found: Any, *, chords: bool) -> None:
    """Print an analysis as tables: the whole, keys, chords, cadences, sections, tracks."""
    show(name, ("what", "found"), list(_whole(found)))
    if len(found.areas) > 1:
        show("keys", ("from", "key"), [(_place(area), area.key) for area in found.areas])
    if chords:
        show("chords", ("bar", "chords", "numerals"), list(_bars(found)))
    if found.cadences:
        rows = [(_place(each), each.kind, each.chords, each.key) for each in found.cadences]
        show("cadences", ("at", "kind", "chords", "key"), rows)
    if found.sections:
        told = "told by the file" if found.sections_told else "found"
        show(f"sections ({told})", SECTIONS, [_section(each) for each in found.sections])
    if found.tracks:
        show("tracks", TRACKS, [_track(each) for each in found.tracks])


def _whole(found: Any) -> Iterator[tuple[str, str]]:
    first, slowest, fastest = found.tempo
    span = f" ({slowest:g} to {fastest:g})" if slowest != fastest else ""
    yield "length", f"{found.bars} bars, {found.seconds:.1f} s, {found.notes} notes"
    yield "metre, tempo", f"{', '.join(dict.fromkeys(m.metre for m in found.metres))}; {first:g} bpm{span}"
    if found.key:
        written = f" (the file says {found.written_key})" if found.written_key not in ("", found.key) else ""
        yield "key", f"{found.key}{written}; {len(found.areas) - 1} modulations; heard as {found.idiom}"
    if found.scale:
        yield "scale", f"{found.scale.name}, {found.scale.fit:.0%} of the notes' time"
    harmony = found.harmony
    if found.chords:
        shares = ", ".join(f"{word} {share:.0%}" for word, share in harmony.functions.items())
        yield "harmony", f"{harmony.changes_per_bar:g} chords a bar; {shares}"
        off = f"{harmony.off_key:.0%} of the time"
        yield "off the key", f"{off}; {harmony.secondary_dominants} secondary dominants"
        yield "loop", harmony.loop or "none"
    yield "rhythm", _rhythm(found.timing)
    for cross in found.crosses:
        yield "cross rhythm", f"{cross.what}: {' against '.join(cross.tracks)}, {cross.count} times"
    yield "form", found.form


def _rhythm(timing: Any) -> str:
    swing = {None: "swing unclear", 1.0: "straight"}.get(timing.swing, f"swing {timing.swing} to 1")
    told = (
        f"{timing.per_bar:g} notes a bar, {timing.per_second:g} a second; syncopated {timing.syncopation:.0%}; {swing}"
    )
    return told + (f"; triplets {timing.triplets:.0%}" if timing.triplets else "")


def _place(mark: Any) -> str:
    return f"{mark.bar}" if mark.beat == 1 else f"{mark.bar}, beat {mark.beat:g}"


def _bars(found: Any) -> Iterator[tuple[str, str, str]]:
    """Yield the chords and numerals in lines of a few bars, a new key before its first numeral."""
    lines: dict[int, tuple[list[str], list[str]]] = {}
    key = bar = None
    for mark in found.chords:
        names, numerals = lines.setdefault((mark.bar - 1) // CHORDS_SHOWN, ([], []))
        bars = " | " if names and mark.bar != bar else " " if names else ""
        names.append(bars + mark.chord)
        numerals.append(bars + (f"{mark.key}: " if mark.key != key else "") + mark.numeral)
        key, bar = mark.key, mark.bar
    for line, (names, numerals) in lines.items():
        yield str(line * CHORDS_SHOWN + 1), "".join(names), "".join(numerals)


def _section(each: Any) -> tuple[Any, ...]:
    name = " ".join(word for word in (each.letter, each.name) if word)
    span = f"{each.bar} to {each.bar + each.bars - 1}"
    density = (each.harmony.changes_per_bar, each.timing.per_bar)
    return (name, span, each.key, *density, each.harmony.loop or each.numerals, each.cadence, ", ".join(each.playing))


def _track(each: Any) -> tuple[Any, ...]:
    timing, shape = each.timing, each.shape
    name = each.name + (" (lead)" if each.lead else " (drums)" if each.drum else "")
    swing = "" if timing.swing is None else timing.swing
    rhythm = (each.notes, timing.per_bar, timing.per_second, f"{timing.syncopation:.0%}", swing)
    if shape is None:
        return (name, *rhythm, "", "", "", "", "")
    scale = each.scale.name if each.scale else ""
    line = (f"{shape.lowest} to {shape.highest}", shape.contour, f"{shape.steps:.0%}", f"{shape.motif_share:.0%}")
    return (name, *rhythm, scale, *line)
