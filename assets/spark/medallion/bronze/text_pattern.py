r"""Declared patterns of text: JavaScript's regular expressions of whole characters (flag ``u``), written for Python.

What a pattern may contain is decided at synth. Of that, the two languages read these differently, and Python is told:
``$`` is the very end, ``.`` and ``\s`` have JavaScript's line ends and white space, ``\d``, ``\w`` and ``\b`` are
ASCII, ``\B`` is true of empty text, and two escaped halves of a character are that character.
"""

from __future__ import annotations

import re

_WHITE_SPACE = r"\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_OTHER_THAN_WHITE_SPACE = (
    r"\x00-\x08\x0e-\x1f!-\u009f\u00a1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e\u2060-\u2fff"
    r"\u3001-\ufefe\uff00-\U0010ffff"
)
_OUTSIDE = {
    "$": r"\Z",
    ".": r"[^\n\r\u2028\u2029]",
    r"\s": f"[{_WHITE_SPACE}]",
    r"\S": f"[^{_WHITE_SPACE}]",
    r"\B": r"(?!\b)",
}
_INSIDE = {r"\s": _WHITE_SPACE, r"\S": _OTHER_THAN_WHITE_SPACE, **{sign: f"\\{sign}" for sign in "-[&|~^"}}
"""Python will give a meaning of its own to some signs that stand in a class twice, so that they are escaped."""

_ATOM = r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\x..|\\.|[^\\]"
_TOKEN = re.compile(rf"\[(?P<negation>\^?)(?P<members>(?:\\.|[^\]\\])+)\]|{_ATOM}", re.DOTALL)
_MEMBER = re.compile(rf"(?P<first>{_ATOM})-(?P<last>{_ATOM})|{_ATOM}", re.DOTALL)
_LENGTH_OF_TWO_HALVES = len(r"\ud83d\ude00")


def compiled(pattern: str) -> re.Pattern[str]:
    """Return a declared pattern so that ``search`` finds it in a text exactly where JavaScript does."""
    return re.compile(_TOKEN.sub(_token, pattern), re.ASCII)


def _token(match: re.Match[str]) -> str:
    if match["members"] is None:
        return _OUTSIDE.get(match[0], _character(match[0]))
    return f"[{match['negation']}{_MEMBER.sub(_member, match['members'])}]"


def _member(match: re.Match[str]) -> str:
    if match["first"] is None:
        return _INSIDE.get(match[0], _character(match[0]))
    first, last = (_INSIDE.get(end, _character(end)) for end in (match["first"], match["last"]))
    return f"{first}-{last}"


def _character(atom: str) -> str:
    if len(atom) != _LENGTH_OF_TWO_HALVES:
        return atom
    high, low = int(atom[2:6], 16), int(atom[8:], 16)
    return f"\\U{0x10000 + (high - 0xD800) * 0x400 + (low - 0xDC00):08x}"
