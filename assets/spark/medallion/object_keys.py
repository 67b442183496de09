"""Instants in object keys: the slot that an object belongs to, and the minute in which a bronze object arrived."""

from __future__ import annotations

import re
from typing import Optional

from medallion import instants
from medallion.errors import InputError

_ARRIVAL = re.compile(r"ingest_dt=(\d{4})/(\d\d)/(\d\d)/(\d\d)/(\d\d)/[^/]+\Z", re.ASCII)
OVERFLOWS = "overflows-"
"""How the files of the quarantine begin that hold no refused lines; those of lines begin with an arrival minute."""

_SLOT_END = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.json\Z", re.ASCII)


def slot_key(slot_end_us: int) -> str:
    """Return the slot's end as it stands in object keys: ``20251023T224000Z``; text order is time order."""
    return re.sub(r"[-:]|\.000", "", instants.iso_millis(slot_end_us))


def slot_end_of_key(key: str) -> Optional[int]:
    """Read a slot's end back from the last part of an object key, or return None where there is none."""
    match = _SLOT_END.search(key)
    return None if match is None else instants.instant_us("{}-{}-{}T{}:{}:{}Z".format(*match.groups()))


def arrival_of_key(key: str) -> int:
    """Return the arrival minute that a bronze object's key states; raise ``InputError`` where it states none."""
    match = _ARRIVAL.search(key)
    if match is None:
        raise InputError(
            f"bronze object: got key '{key}', expected ingest_dt=YYYY/MM/DD/HH/mm/ in it; move the object away"
        )
    return instants.instant_us("{}-{}-{}T{}:{}:00Z".format(*match.groups()))


def arrival_prefix(bronze: str, us: int) -> str:
    """Return the key prefix of the bronze objects that arrived in the minute of ``us``."""
    minute = instants.datetime_of(us)
    return f"{bronze}ingest_dt={minute.year:04}/{minute:%m/%d/%H/%M}/"
