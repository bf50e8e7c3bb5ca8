"""The word for what a user gave that cannot do what was asked."""


class Refused(ValueError):  # noqa: N818 - no error of ours
    """Told to the user in one line: its text."""
