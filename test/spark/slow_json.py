"""JSON read a second way: letter by letter, numbers as they are written, within the limits of docs/input.md."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple

from slow_values import DIGITS, Unreadable

Row = Dict[str, Any]

MAX_DEPTH, MAX_NUMBER, MAX_EXPONENT_DIGITS = 100, 400, 18
HEX = "0123456789abcdef"
ESCAPED = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
WORDS = {"true": True, "false": False, "null": None}


class Number(NamedTuple):
    """A number as it is written; NaN and the infinities are some."""

    text: str


class Json:
    """One JSON text, read from the front; ``Unreadable`` where it is none."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    def whole(self) -> Any:
        """Return the value that the text is."""
        value = self._value(1)
        if self._next():
            raise Unreadable
        return value

    def _next(self) -> str:
        """Return the next letter that is no blank, which stays; nothing at the end."""
        while self._text[self._at : self._at + 1] in (" ", "\t", "\n", "\r"):
            self._at += 1
        return self._text[self._at : self._at + 1]

    def _takes(self, word: str) -> bool:
        is_next = self._text.startswith(word, self._at)
        self._at += len(word) if is_next else 0
        return is_next

    def _value(self, depth: int) -> Any:
        letter = self._next()
        if letter in ("{", "["):
            if depth > MAX_DEPTH:
                raise Unreadable
            self._at += 1
            return self._object(depth) if letter == "{" else self._list(depth)
        if letter == '"':
            self._at += 1
            return self._string()
        for word, value in WORDS.items():
            if self._takes(word):
                return value
        return self._number()

    def _object(self, depth: int) -> Row:
        found: Row = {}
        if self._closes("}"):
            return found
        while True:
            if self._next() != '"':
                raise Unreadable
            self._at += 1
            key = self._string()
            self._next()
            if not self._takes(":") or key in found:
                raise Unreadable
            found[key] = self._value(depth + 1)
            if self._ends("}"):
                return found

    def _list(self, depth: int) -> List[Any]:
        found: List[Any] = []
        if self._closes("]"):
            return found
        while True:
            found.append(self._value(depth + 1))
            if self._ends("]"):
                return found

    def _closes(self, bracket: str) -> bool:
        self._next()
        return self._takes(bracket)

    def _ends(self, bracket: str) -> bool:
        if self._closes(bracket):
            return True
        if not self._takes(","):
            raise Unreadable
        return False

    def _string(self) -> str:
        letters: List[str] = []
        while True:
            letter = self._text[self._at : self._at + 1]
            self._at += 1
            if letter == '"':
                return "".join(letters)
            if letter < " ":
                raise Unreadable
            letters.append(self._escaped() if letter == "\\" else letter)

    def _escaped(self) -> str:
        letter = self._text[self._at : self._at + 1]
        self._at += 1
        if letter != "u":
            if letter not in ESCAPED:
                raise Unreadable
            return ESCAPED[letter]
        first = self._unit()
        if 0xD800 <= first < 0xDC00 and self._takes("\\u"):
            second = self._unit()
            if 0xDC00 <= second < 0xE000:
                return chr(0x10000 + (first - 0xD800) * 0x400 + second - 0xDC00)
            self._at -= 6
        return chr(first)

    def _unit(self) -> int:
        number = 0
        for letter in self._text[self._at : self._at + 4].lower().ljust(4, "?"):
            if letter not in HEX:
                raise Unreadable
            number = number * 16 + HEX.index(letter)
        self._at += 4
        return number

    def _number(self) -> Number:
        for word in ("NaN", "Infinity", "-Infinity"):
            if self._takes(word):
                return Number(word)
        start = self._at
        self._takes("-")
        if not self._takes("0"):
            self._digits()
        if self._takes("."):
            self._digits()
        exponent = ""
        if self._takes("e") or self._takes("E"):
            if not self._takes("+"):
                self._takes("-")
            exponent = self._digits()
        text = self._text[start : self._at]
        if len(text) > MAX_NUMBER or len(exponent) > MAX_EXPONENT_DIGITS:
            raise Unreadable
        return Number(text)

    def _digits(self) -> str:
        start = self._at
        while self._text[self._at : self._at + 1] in DIGITS and self._at < len(self._text):
            self._at += 1
        if start == self._at:
            raise Unreadable
        return self._text[start : self._at]
