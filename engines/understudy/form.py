"""Rule-based form: the genre's own arrangement, section after section by its weights."""

import random

from engines.form import FormRequest, Visit


class RuleForm:
    """The form expert `rules`: total, the same for the same seed."""

    name = "rules"
    version = "1"

    def choose(self, request: FormRequest) -> Visit:
        """Return a section by the genre's weights, as long and as intense as the genre draws it."""
        dice = random.Random(request.seed)
        section = dice.choices(list(request.open), weights=list(request.open.values()))[0]
        shape = request.shapes[section]
        return Visit(section, shape.bars, shape.energy, shape.tension)
