from pathlib import Path

from engines.library import Library
from engines.units import VOICES
from server.opening import expert_names


def test_the_rules_can_be_asked_for_as_models_list_names_them(tmp_path: Path) -> None:
    assert expert_names(Library(tmp_path)) == {voice: {"rules": ("1",)} for voice in VOICES}
