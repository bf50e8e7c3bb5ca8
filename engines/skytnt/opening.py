"""Open a midi-model from a folder: everything about it is checked and tried before an expert is handed out."""

import hashlib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Final

import msgspec

from engines.card import MAX_CARD_BYTES
from engines.expert import ExpertError
from engines.genre import Genre, load_genres
from engines.neural.probe import probe_request
from engines.shelf import LibraryError, names_in, read_file
from engines.skytnt.expert import NAME, SkyTNT
from engines.skytnt.graphs import BASE, TOKEN, check_base, check_token, one_line, open_graph
from engines.skytnt.session import Model
from engines.skytnt.setting import Setting
from engines.skytnt.tokens import BOS, EOS, PAD, ROW, VERSIONS, Tokens

CONFIG: Final = "config.json"


class Tokenizer(msgspec.Struct, frozen=True):
    """What config.json says of the tokenizer; of what it leaves out the version is taken at its word."""

    version: str
    vocab_size: int | None = None
    max_token_seq: int = ROW
    pad_id: int = PAD
    bos_id: int = BOS
    eos_id: int = EOS
    events: dict[str, tuple[str, ...]] | None = None
    event_parameters: dict[str, int] | None = None


class Config(msgspec.Struct, frozen=True):
    """The part of config.json that matters here."""

    tokenizer: Tokenizer


def open_skytnt(
    folder: Path,
    setting: Setting | None = None,
    genres: Mapping[str, Genre] | None = None,
    *,
    name: str = NAME,
    tokenizer: str | None = None,
) -> SkyTNT:
    """Return an expert that plays the model of a folder; raises LibraryError: one line that says what is wrong.

    The folder holds config.json, model_base.onnx and model_token.onnx (the graphs may lie in `onnx/`, as published).
    genres: ranges, kits and levels; else the shipped ones. name: to show. tokenizer: v1 or v2, where the folder has no
    config.json (the first models came without). The version shown says which weights and setting play.
    """
    try:
        return _open(folder, setting or Setting(), genres, name, tokenizer)
    except LibraryError as error:
        raise LibraryError(f"midi-model in {folder}: {error}") from error
    except Exception as error:  # onnxruntime raises a dozen kinds of its own
        raise LibraryError(f"midi-model in {folder}: {type(error).__name__}: {one_line(error)}") from error


def _open(
    folder: Path, setting: Setting, genres: Mapping[str, Genre] | None, name: str, tokenizer: str | None
) -> SkyTNT:
    if not folder.is_dir():
        raise LibraryError(f"no such folder; it would hold {CONFIG}, {BASE} and {TOKEN}")
    tokens = tokens_of(folder, tokenizer)
    base, base_sum = open_graph(folder, BASE, setting.threads)
    sizes = check_base(base)
    token, token_sum = open_graph(folder, TOKEN, setting.threads)
    model = Model(base, token, (sizes, check_token(token, sizes, tokens.size)), tokens)
    found = genres or load_genres(Path(str(resources.files("configs") / "genres")))
    mark = hashlib.sha256(msgspec.json.encode((base_sum, token_sum, setting), order="deterministic")).hexdigest()
    expert = SkyTNT(model, setting, found, name, f"{tokens.version}-{mark[:8]}")
    self_test(expert)
    return expert


def tokens_of(folder: Path, named: str | None) -> Tokens:
    """Return the tokens that a folder's config.json names; they must be those of the version, as we have it."""
    if CONFIG not in names_in(folder, files=True):
        if named is None:
            raise LibraryError(f"no file {CONFIG!r}, and no tokenizer named ({' or '.join(VERSIONS)})")
        return _version(named)
    try:
        said = msgspec.json.decode(read_file(folder, CONFIG, MAX_CARD_BYTES), type=Config).tokenizer
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise LibraryError(f"{CONFIG}: {error}") from error
    tokens = _version(said.version)
    if named not in {None, said.version}:
        raise LibraryError(f"{CONFIG} says tokenizer {said.version}, the caller {named}")
    ours: dict[str, Any] = {
        "vocab_size": tokens.size,
        "max_token_seq": ROW,
        "pad_id": PAD,
        "bos_id": BOS,
        "eos_id": EOS,
        "events": tokens.layouts,
        "event_parameters": tokens.sizes,
    }
    for name, value in ours.items():
        if getattr(said, name) not in (None, value):
            raise LibraryError(f"{CONFIG}: {name} is not that of tokenizer {tokens.version}")
    return tokens


def self_test(expert: SkyTNT) -> None:
    """Let the expert write a plain bar of a lead alone twice; raises LibraryError where it cannot, or differs."""
    request = msgspec.structs.replace(probe_request(("lead",)), budget_ms=float("inf"))
    request = msgspec.structs.replace(request, plan=msgspec.structs.replace(request.plan, active=request.voices))
    try:
        if expert.write(request) != expert.write(request):
            raise LibraryError("the same request gave two different bars")
    except ExpertError as error:
        raise LibraryError(str(error)) from error


def _version(name: str) -> Tokens:
    if name not in VERSIONS:
        raise LibraryError(f"tokenizer {name[:40]!r}: must be {' or '.join(VERSIONS)}")
    return VERSIONS[name]
