"""strict: configuration files read against frozen structs; whatever is wrong is named with file, line and key.

reading     one file: guards against hostile YAML, unknown and repeated keys
kinds       what a plain value may be, and how to say so
layers      the shipped defaults, overlaid by the user's files
misfit      values that are right by themselves and do not go together
"""

from engines.strict.layers import load
from engines.strict.misfit import MisfitError
from engines.strict.reading import ConfigError, read

__all__ = ["ConfigError", "MisfitError", "load", "read"]
