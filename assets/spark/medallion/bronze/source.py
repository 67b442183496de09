"""Where an event has a value: at a key of its object, or at the first of several places in objects and arrays."""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional, Tuple

from medallion.spec.declaration import Source

Finder = Callable[[Dict[str, Any]], Any]


def places(name: str, sources: Tuple[Source, ...]) -> Tuple[Source, ...]:
    """Return where a value may be: the key of its name, if nothing else is declared."""
    return sources or ((name,),)


def finder(sources: Tuple[Source, ...]) -> Optional[Finder]:
    """Return a function from an event to the first value that is not null at one of the places, or to None.

    A place beyond what is no object or no array, or beyond the end of an array, has no value. Nothing has to be found
    where the only place is a key of the event itself: then there is no function.
    """
    if len(sources) == 1 and len(sources[0]) == 1:
        return None

    def find(event: Dict[str, Any]) -> Any:
        for source in sources:
            value = _value_at(event, source)
            if value is not None:
                return value
        return None

    return find


def _value_at(event: Dict[str, Any], source: Source) -> Any:
    value: Any = event
    for step in source:
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, dict) else None
        else:
            value = value[step] if isinstance(value, list) and step < len(value) else None
    return value
