"""The interface tables of the README, made from the parameter tree: `python -m tools.tables --check README.md`."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

from engines.control.tree import PARAMETERS, STATE_PATHS, Argument, Parameter
from engines.units import VOICES
from tools.table_experts import experts_table
from training.judge import names

VOICE_ROW = re.compile(rf"^voice/({'|'.join(VOICES)})/")


def osc_table() -> str:
    """Return every address with its arguments, its range and when it takes effect."""
    rows = ["| address | arguments | meaning | takes effect |", "|---|---|---|---|"]
    rows += dict.fromkeys(_osc_row(each) for each in PARAMETERS if each.kind != "reading")
    return "\n".join(rows)


def _osc_row(parameter: Parameter) -> str:
    names = (parameter.path, *parameter.aliases)
    addresses = " ".join(f"`/{_generic(name)}`" for name in names)
    arguments = ", ".join(map(_argument, parameter.arguments)) or "none"
    when = "at once" if parameter.kind == "query" else parameter.when.name
    return f"| {addresses} | {arguments} | {_about(parameter)} | {when} |"


def _generic(path: str) -> str:
    return VOICE_ROW.sub("voice/<v>/", path)


def _about(parameter: Parameter) -> str:
    about = parameter.about
    match = VOICE_ROW.match(parameter.path)
    if match:
        about = about.replace(match[1], "the voice")
    return about.replace("|", "\\|")


def _argument(argument: Argument) -> str:
    text = f"{argument.name} {argument.type}{'…' if argument.many else ''}"
    if argument.low is not None and argument.high is not None:
        text += f" {argument.low:.10g}..{argument.high:.10g}"
    return f"[{text}]" if argument.optional else text


def mqtt_table() -> str:
    """Return the topics; <id> is `mqtt.id` of the configuration."""
    commands = len([each for each in PARAMETERS if each.kind not in ("query", "reading")])
    payload = 'bare value, or `{"value": …, "when": "bar"}`'
    return "\n".join(
        (
            "| topic | payload | meaning |",
            "|---|---|---|",
            f"| `melody-engine/<id>/cmd/<parameter>` | {payload} | {commands} commands; retained ones are dropped |",
            f"| `melody-engine/<id>/state/<parameter>` | bare value | {len(STATE_PATHS)} values, retained, QoS 1 |",
            "| `melody-engine/<id>/status` | `online`, `offline` | retained; `offline` is the last will |",
            "| `melody-engine/<id>/event/bar` | bar number | when it sounds |",
        )
    )


TABLES: dict[str, Callable[[], str]] = {
    "osc-table": osc_table,
    "mqtt-table": mqtt_table,
    "experts-table": experts_table,
    "figure-table": names.table,
}


def fill(text: str) -> str:
    """Return the text with the content of every marked region (`<!-- name -->…<!-- /name -->`) made anew."""
    for name, table in TABLES.items():
        region = re.compile(rf"(<!-- {name} -->\n)(.*?)(?=<!-- /{name} -->)", re.DOTALL)
        made = table()
        text = "".join(f"\n{made}\n\n" if index % 3 == 2 else part for index, part in enumerate(region.split(text)))
    return text


def main(args: list[str]) -> int:
    """Print the tables, or `--write FILE`, or `--check FILE` (1 when the file says something else)."""
    match args:
        case []:
            print("\n\n".join(table() for table in TABLES.values()))
        case ["--write", name]:
            Path(name).write_text(fill(Path(name).read_text(encoding="utf-8")), encoding="utf-8")
        case ["--check", name]:
            if fill(Path(name).read_text(encoding="utf-8")) != Path(name).read_text(encoding="utf-8"):
                print(
                    f"{name}: its tables are not the tree's; run: python -m tools.tables --write {name}",
                    file=sys.stderr,
                )
                return 1
        case _:
            print("usage: python -m tools.tables [--check FILE | --write FILE]", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
