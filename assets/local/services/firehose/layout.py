"""Where Firehose puts an object: prefix expressions, and the object's own name."""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from local.services.firehose.exceptions import PrefixError

_DEFAULT_TIME = "!{timestamp:yyyy/MM/dd/HH/}"
_EXPRESSION = re.compile(r"!\{([^}]*)\}")
_TIME_FIELD = re.compile(r"'([^']*)'|yyyy|yy|MM|dd|HH|mm|ss|[A-Za-z]")
_STRFTIME = {"yyyy": "%Y", "yy": "%y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
_EXTENSIONS = {"GZIP": ".gz", "ZIP": ".zip", "Snappy": ".snappy", "HADOOP_SNAPPY": ".hsnappy", "UNCOMPRESSED": ""}
_NAMES = uuid.UUID("4f1b3c0e-8a5d-5c86-9a37-6a1d6f1f0c52")


def object_prefix(destination: dict[str, Any], arrival: datetime, unique: str, error_type: str | None = None) -> str:
    """Return the evaluated prefix of an object whose oldest record arrived at `arrival`.

    A prefix without a time gets the hour appended; without an error prefix, failed records go below the good ones'.
    """
    prefix: str = destination.get("Prefix") or ""
    if error_type:
        prefix = destination.get("ErrorOutputPrefix") or f"{prefix}{error_type}/"
    if "!{timestamp:" not in prefix:
        prefix += _DEFAULT_TIME
    local = arrival.astimezone(_zone(destination))

    def value(match: re.Match[str]) -> str:
        namespace, _, argument = match[1].partition(":")
        if namespace == "timestamp":
            return _formatted(argument, local)
        if (namespace, argument) == ("firehose", "random-string"):
            return uuid.uuid5(_NAMES, unique + prefix).hex[:11]
        if (namespace, argument) == ("firehose", "error-output-type") and error_type:
            return error_type
        raise PrefixError(f"firehose prefix: got '{match[0]}', expected a timestamp or firehose expression")

    return _EXPRESSION.sub(value, prefix)


def object_name(stream: str, version: str, arrival: datetime, destination: dict[str, Any], unique: str) -> str:
    """Return the name of an object after its prefix; the same records give the same name in every run."""
    extension = destination.get("FileExtension") or _EXTENSIONS[compression(destination)]
    stamp = arrival.astimezone(timezone.utc)
    return f"{stream}-{version}-{stamp:%Y-%m-%d-%H-%M-%S}-{uuid.uuid5(_NAMES, unique)}{extension}"


def compression(destination: dict[str, Any]) -> str:
    """Return the compression format of a destination."""
    return str(destination.get("CompressionFormat") or "UNCOMPRESSED")


def _formatted(pattern: str, instant: datetime) -> str:
    """Format by the letters of Java's DateTimeFormatter that Firehose documents; quoted text stays as it is."""

    def text(match: re.Match[str]) -> str:
        if match[1] is not None:
            return match[1]
        if match[0] not in _STRFTIME:
            raise PrefixError(f"firehose prefix: got '{match[0]}' in '{pattern}', expected yyyy, MM, dd, HH, mm or ss")
        return instant.strftime(_STRFTIME[match[0]])

    return _TIME_FIELD.sub(text, pattern)


def _zone(destination: dict[str, Any]) -> tzinfo:
    name = destination.get("CustomTimeZone") or "UTC"
    return timezone.utc if name == "UTC" else ZoneInfo(name)
