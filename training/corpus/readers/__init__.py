"""Readers: each turns an Item into pieces; `READERS` names them, `training.corpus.sources` says who reads what."""

from collections.abc import Callable, Iterator

from training.corpus.config import Config
from training.corpus.item import Item
from training.corpus.piece import Piece
from training.corpus.readers import bands, forms, grids, sheets

Reader = Callable[[Item, Config], Iterator[Piece]]

READERS: dict[str, Reader] = {
    "band": bands.band,
    "pop909": bands.pop909,
    "nottingham": bands.nottingham,
    "openewld": sheets.openewld,
    "folk": sheets.folk,
    "rs200": sheets.rs200,
    "billboard": forms.billboard,
    "progression": forms.progression,
    "roman_text": forms.roman_text,
    "chorale": grids.chorale,
    "machine": grids.machine,
    "hydrogen": grids.hydrogen,
    "bassline": grids.bassline,
}
