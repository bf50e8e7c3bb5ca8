"""The understudies: five rule-based players and a rule-based harmony, always ready, total and deterministic.

They play when no learned expert can (or is asked to). All that they know stands in the request, the genre
file and the seed; figures decide where notes may stand, tension and density how many of them do.
"""

from engines.understudy.harmony import RuleHarmony
from engines.understudy.rules import Rules

__all__ = ["RuleHarmony", "Rules"]
