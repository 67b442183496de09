"""Every name that the Spark code writes, taken from its sources, that a declaration may use as well."""

from __future__ import annotations

import ast
import json
import re
from typing import Any, Dict, Iterable, Iterator, List, Set

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
    return declarable({word.strip("_") for text in _texts(_trees()) for word in _WORD.findall(text.lower())})


def column_names() -> List[str]:
    """Return those that are columns' by the way they stand: alone or between dots, as argument, index or constant."""
    names: Set[str] = set()
    for tree in _trees():
        for node in ast.walk(tree):
            for text in _texts(_named_by(node)):
                names.update(text.strip("_").replace("._", ".").split(".") if _PATH.match(text) else ())
    return declarable(names)


def _named_by(node: ast.AST) -> List[ast.AST]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return list(node.args)
    if isinstance(node, ast.Subscript):
        return [node.slice]
    return [node.value] if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) else []


def sql_words(spark: SparkSession) -> List[str]:
    """Return the words that mean something to Spark's SQL."""
    return declarable({row.keyword.lower() for row in spark.sql("SELECT keyword FROM sql_keywords()").collect()})


def _trees() -> List[ast.AST]:
    return [ast.parse(path.read_text("utf-8")) for path in sorted(SOURCES.rglob("*.py"))]


def _texts(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the texts inside of nodes, prose left out."""
    for tree in nodes:
        prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
                yield node.value
