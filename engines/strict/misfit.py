"""Misfit: values of the configuration that are right by themselves and do not go together."""


class MisfitError(ValueError):
    """Raised by a struct that is being made. keys: where it is wrong, below the struct, the most telling first.

    The configuration names the line of the first one that the file says.
    """

    def __init__(self, message: str, *keys: str) -> None:
        """Take the words and the keys, such as `bindings[2].path`."""
        super().__init__(message)
        self.keys = keys
