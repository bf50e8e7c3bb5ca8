"""Which recipe makes which expert; light, so that the command line knows the names without torch.

Each recipe module offers

    train(options: TrainOptions) -> Path                the run's folder
    export(options: ExportOptions) -> Path              the version's folder below models/
    evaluate(options: EvaluateOptions) -> dict          the report card
"""

import importlib
from types import ModuleType
from typing import Final

RECIPES: Final = {
    "lead": "training.lead.recipe",
    "lead-fast": "training.lead.fast",
    "drums": "training.drums.recipe",
    "harmony": "training.harmony.recipe",
    "harmony-ngram": "training.harmony.counting",
    "accompaniment": "training.accompaniment.recipe",
    "form": "training.form.recipe",
    "critic": "training.critic.recipe",
    "touch": "training.touch.recipe",
}


def recipe(expert: str) -> ModuleType:
    """Return an expert's recipe."""
    return importlib.import_module(RECIPES[expert])
