"""Every name that the Spark code writes, taken from its sources, that a declaration may use as well."""

from __future__ import annotations

import ast
import json
import re
from typing import Any, Dict, Iterator, List, Set

from pyspark.sql import SparkSession
from spark_session import REPOSITORY

SOURCES = REPOSITORY / "assets" / "spark"
SCHEMA = REPOSITORY / "assets" / "contract" / "feature-spec.schema.json"

_WORD = re.compile(r"[a-z0-9_]+")
_PATH = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*\Z")


def declarable(names: Set[str]) -> List[str]:
    """Return those of the names that synth accepts for columns and features, by the schema of the document."""
    definitions: Dict[str, Any] = json.loads(SCHEMA.read_text("utf-8"))["$defs"]
    rule, limit = re.compile(definitions["name"]["pattern"]), definitions["name"]["maxLength"]
    reserved = definitions["columnName"]["not"]["enum"]
    return sorted(name for name in names if rule.match(name) and len(name) <= limit and name not in reserved)


def written_names() -> List[str]:
    """Return every word of every text in the sources, without the underscores of names that nobody can declare."""
    return declarable({word.strip("_") for text in _texts() for word in _WORD.findall(text.lower())})


def column_names() -> List[str]:
    """Return those that stand alone or between dots in a text, as the names of columns do."""
    alone = (text for text in _texts() if _PATH.match(text))
    return declarable({name.strip("_") for text in alone for name in text.split(".")})


def sql_words(spark: SparkSession) -> List[str]:
    """Return the words that mean something to Spark's SQL."""
    return declarable({row.keyword.lower() for row in spark.sql("SELECT keyword FROM sql_keywords()").collect()})


def _texts() -> Iterator[str]:
    for path in sorted(SOURCES.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
                yield node.value
