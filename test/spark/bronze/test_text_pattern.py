"""Declared patterns against node: they are found in the same texts, or an event would be refused that was declared."""

from __future__ import annotations

import json
import random
import subprocess
import warnings
from typing import List, Optional, Sequence

import pytest

from medallion.bronze.text_pattern import compiled

BMP = [chr(code) for code in range(0x10000) if not 0xD800 <= code <= 0xDFFF]
BEYOND = [
    chr(code)
    for plane in range(1, 17)
    for code in (plane * 0x10000, plane * 0x10000 + 0xF600, plane * 0x10000 + 0xFFFF)
]

IN_NODE = r"""
const { patterns, texts } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
// The standard looks for a match where characters begin; node's own search also looks in their middle.
const found = (expression, text) => {
  let at = 0;
  for (const character of [...text, '']) {
    expression.lastIndex = at;
    if (expression.test(text)) return true;
    at += character.length;
  }
  return false;
};
const answers = patterns.map((pattern) => {
  let expression;
  try { expression = new RegExp(pattern, 'uy'); } catch { return null; }
  return texts.map((text) => Number(found(expression, text))).join('');
});
console.log(JSON.stringify(answers));
"""
"""Prints for each pattern a digit for each text, 1 where it is found, or null where the pattern is not accepted."""


def in_node(patterns: Sequence[str], texts: Sequence[str]) -> List[Optional[str]]:
    asked = json.dumps({"patterns": patterns, "texts": texts})
    run = subprocess.run(["node", "-e", IN_NODE], input=asked, capture_output=True, text=True, check=True)
    answers: List[Optional[str]] = json.loads(run.stdout)
    return answers


def in_python(pattern: str, texts: Sequence[str]) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # such as that of a set in a set
        expression = compiled(pattern)
    return "".join("1" if expression.search(text) else "0" for text in texts)


@pytest.mark.parametrize(
    "patterns",
    [
        [r"^\s$", r"^\S$", r"^[\s]$", r"^[^\s]$", r"^[\S]$", r"^[^\S]$", r"^[\s\S]$"],
        [
            r"^\d$",
            r"^\D$",
            r"^[\d]$",
            r"^[^\d]$",
            r"^[\D]$",
            r"^\w$",
            r"^\W$",
            r"^[\w]$",
            r"^[^\w]$",
            r"^[\W]$",
            r"^[\W\S]$",
        ],
        [
            r"^.$",
            r"^[.]$",
            r"^[^.]$",
            r"^(?:.|\n)$",
            r"^.?$",
            r"^$",
            r"^[^a]$",
            r"^[a-z]$",
            r"^[A-z]$",
            r"^K$",
            r"^[^\r\n]$",
        ],
        [
            r"\b",
            r"^\B",
            r"\B$",
            r"^\b.",
            r".\b$",
            r"^[\b]$",
            r"^[\t\n\v\f\r]$",
            r"^[\x00-\x1f]$",
            r"^[\u2028\u2029\ufeff]$",
        ],
        [
            r"^[^\ud83d]$",
            r"^[\ud800-\udfff]$",
            r"^\ud83d\ude00$",
            r"^[\ud83d\ude00-\ud83d\udfff]$",
            r"^[^\ud83d\ude00]$",
        ],
    ],
    ids=["white space", "digits and words", "any", "edges and controls", "halves"],
)
def test_every_character_is_of_the_same_classes(patterns: List[str]) -> None:
    texts = [*BMP, *BEYOND]
    for pattern, expected in zip(patterns, in_node(patterns, texts)):
        assert expected is not None, pattern
        actual = in_python(pattern, texts)
        different = [hex(ord(text)) for text, mine, other in zip(texts, actual, expected) if mine != other]
        assert different == [], pattern


@pytest.mark.parametrize(
    ("pattern", "found", "missed"),
    [
        (r"^a$", ["a"], ["a\n", "\na", "ab"]),
        (r"^[^$]$", ["a"], ["$"]),
        (r"a\$", ["a$"], ["a"]),
        (r"^.$", ["😀", "\x85", "\u00a0", "\x0b"], ["\n", "\r", "\u2028", "\u2029", "", "ab"]),
        (r"^\s+$", ["\u00a0\u2003\ufeff\u3000", "\t\n\v\f\r "], ["\x85", "\x1c", "\u180e", "\u200b"]),
        (r"^\S$", ["\x85", "\x1c", "\u180e"], ["\u00a0", "\ufeff"]),
        (r"^\d$", ["7"], ["\u0667"]),
        (r"^\w$", ["_"], ["é", "\u0130", "\u212a"]),
        (r"\B", [""], ["a"]),
        (r"\bé", ["aé"], ["é"]),
        (r"^😀{2}$", ["😀😀"], ["😀"]),
        (r"^\ud83d\ude00?$", ["😀", ""], ["\ude00"]),
        (r"^[\uD83D\uDE00x]$", ["😀", "x"], []),
        (r"^[--0]$", ["-", ".", "0"], ["1"]),
        (r"^[a-c-]$", ["b", "-"], ["d"]),
        (r"^[[&&||~~^]+$", ["[&|~^"], ["a"]),
        (r"^[\-0-9]$", ["-", "5"], ["\\"]),
        (r"^(?:a|ab)(?:c|bcd)?$", ["abcd", "ac", "ab"], ["abd"]),
        (r"^(?:|a)+$", ["", "aa"], ["b"]),
        (r"^(?=.*\d)(?!.*\s).{2,3}$", ["a1", "😀😀1"], ["a 1", "ab", "1"]),
    ],
)
def test_a_pattern_means_what_it_means_in_javascript(pattern: str, found: List[str], missed: List[str]) -> None:
    expected = "1" * len(found) + "0" * len(missed)
    assert in_python(pattern, [*found, *missed]) == expected
    assert in_node([pattern], [*found, *missed]) == [expected]


SIGNS = ["a", "b", "A", "_", "1", " ", "-", "\u00a0", "\u2028", "\r", "\n", "😀", "é", "\u0130", "\u212a"]
ATOMS = [
    *"abA1_ .^$😀é",
    *(f"\\{letter}" for letter in "sSwWdDbBnrtvf.$/"),
    r"\ud83d\ude00",
    r"\ud83d",
    r"\u00a0",
    r"\x41",
]
MEMBERS = [
    *"ab-^[&~|$.😀",
    "&&",
    "--",
    "a-c",
    "0-9",
    "+-/",
    "😀-🙏",
    *(f"\\{letter}" for letter in "sSwWdDb]\\-"),
    r"\ud83d\ude00",
    r"\ud83d\ude00-\ud83d\ude4f",
    r"\u2028",
]
REPEATS = ["*", "+", "?", "*?", "+?", "??", "{0}", "{2}", "{1,2}", "{0,2}?", "{2,}", "{1,}?"]


def a_pattern(chance: random.Random, depth: int) -> str:
    kind = chance.random()
    if depth == 0 or kind < 0.35:
        members = "".join(chance.choice(MEMBERS) for _ in range(chance.randint(1, 4)))
        atom: str = chance.choice(ATOMS)
        classes = [f"[^{members}]", atom if members == "^" else f"[{members}]"]  # synth refuses the empty class
        return chance.choice([atom, atom, atom, *classes])
    first, second = (a_pattern(chance, depth - 1) for _ in range(2))
    if kind < 0.6:
        return first + second
    if kind < 0.7:
        return f"{first}|{second}"
    if kind < 0.85:
        return f"({chance.choice(['', '?:', '?=', '?!'])}{chance.choice([first, '', first + '|'])})"
    return f"(?:{first}){chance.choice(REPEATS)}"


def test_patterns_of_any_shape_are_found_in_the_same_texts() -> None:
    chance = random.Random(20251023)
    patterns = [a_pattern(chance, 4) for _ in range(3_000)]
    texts = ["".join(chance.choice(SIGNS) for _ in range(chance.randint(0, 5))) for _ in range(40)]
    answers = in_node(patterns, texts)
    accepted = [(pattern, answer) for pattern, answer in zip(patterns, answers) if answer is not None]
    assert len(accepted) > 2_500
    assert [(pattern, answer) for pattern, answer in accepted if in_python(pattern, texts) != answer] == []
