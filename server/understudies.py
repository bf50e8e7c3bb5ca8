"""Understudies: what the rules answer to any question of the composer, at once."""

from engines.composer import Answer, Ask
from engines.expert import Expert, HarmonyExpert, HarmonyRequest
from engines.form import FormRequest
from engines.understudy.form import RuleForm


def understudy(ask: Ask, rules: Expert, harmony: HarmonyExpert) -> Answer:
    """Return the answer of the rules that play this chair."""
    match ask.request:
        case HarmonyRequest():
            return harmony.choose(ask.request)
        case FormRequest():
            return RuleForm().choose(ask.request)
        case _:
            return rules.write(ask.request)
