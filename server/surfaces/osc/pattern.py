"""Address patterns for `/get` and `/subscribe`: * ? [a-z] [!a] {a,b}, matched in one pass without backtracking.

A `*` stands for any text, slashes too, so that `/state/*` is the whole state and `voice/*/mute` every mute. All
alternatives run at once as bits of one integer (Baeza-Yates and Gonnet's shift-and, with loops for the stars): the
cost is one step per letter of the address, whatever the pattern.
"""

from typing import Final

MAX_PATTERN: Final = 128
MAX_TOKENS: Final = 256
"""Letters, sets and stars of all the alternatives together."""
WILDCARDS: Final = frozenset("*?[]{}")


class BadPatternError(ValueError):
    """A pattern that cannot be read; the text is the reason."""


class Pattern:
    """A pattern read once and matched often; case does not count."""

    def __init__(self, text: str) -> None:
        """Read `text`; BadPatternError when it is too long, unbalanced or has an empty set."""
        if not 0 < len(text) <= MAX_PATTERN:
            raise BadPatternError(f"a pattern has 1 to {MAX_PATTERN} characters")
        self.text = text
        self._place = 1  # the bit of the token read last
        self._starts = self._ends = self._loops = self._any = 0
        self._letters: dict[str, int] = {}
        self._not: list[tuple[int, frozenset[str]]] = []
        self._steps: dict[str, int] = {}
        for word in _expand(text.lower()):
            self._starts |= self._place
            self._read(word)
            self._ends |= self._place
            self._place <<= 1

    def matches(self, address: str) -> bool:
        """Return whether the whole address fits."""
        at = self._starts
        for letter in address.lower():
            step = self._steps.get(letter)
            at = (at & (self._step(letter) if step is None else step)) << 1 | at & self._loops
            if not at:
                return False
        return bool(at & self._ends)

    def _step(self, letter: str) -> int:
        """Return the tokens that this letter fits."""
        fits = self._letters.get(letter, 0) | self._any
        for place, letters in self._not:
            if letter not in letters:
                fits |= place
        if len(self._steps) < 256:
            self._steps[letter] = fits
        return fits

    def _read(self, word: str) -> None:
        while word:
            letter, word = word[0], word[1:]
            if letter == "*":
                self._loops |= self._place
                continue
            if letter == "?":
                self._any |= self._place
            elif letter == "[":
                inner, closing, word = word.partition("]")
                self._set(inner if closing else "")
            elif letter == "]":
                raise BadPatternError("unbalanced [ ]")
            else:
                self._letters[letter] = self._letters.get(letter, 0) | self._place
            self._place <<= 1

    def _set(self, inner: str) -> None:
        letters = _letters(inner.removeprefix("!"))
        if inner.startswith("!"):
            self._not.append((self._place, letters))
            return
        for letter in letters:
            self._letters[letter] = self._letters.get(letter, 0) | self._place


def has_wildcards(text: str) -> bool:
    """Return whether `text` is a pattern rather than one name."""
    return not WILDCARDS.isdisjoint(text)


def _expand(text: str) -> list[str]:
    """Return the words that {a,b} stand for; braces do not nest."""
    words = [""]
    while text:
        before, brace, rest = text.partition("{")
        inner, closing, text = rest.partition("}")
        if "}" in before or (brace and not closing) or "{" in inner:
            raise BadPatternError("unbalanced or nested { }")
        choices = inner.split(",")
        size = len(words) * sum(len(choice) for choice in choices) + len(choices) * sum(map(len, words))
        if size + len(before) * len(words) * len(choices) > MAX_TOKENS or len(choices) * len(words) > MAX_TOKENS:
            raise BadPatternError(f"alternatives of more than {MAX_TOKENS} characters together")
        words = [word + before + choice for word in words for choice in choices]
    return words


def _letters(inner: str) -> frozenset[str]:
    chosen: set[str] = set()
    while inner:
        if len(inner) > 2 and inner[1] == "-":
            low, high = ord(inner[0]), ord(inner[2])
            if not low <= high < 128:
                raise BadPatternError("a range in [ ] runs backwards or beyond ASCII")
            chosen.update(map(chr, range(low, high + 1)))
            inner = inner[3:]
        else:
            chosen.add(inner[0])
            inner = inner[1:]
    if not chosen:
        raise BadPatternError("empty or unbalanced [ ]")
    return frozenset(chosen)
