"""Reads one object of a JSON document: every key by its type, and the place of the first thing that is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple, TypeVar

from medallion.errors import SpecError
from medallion.spec.column_type import ColumnType

T = TypeVar("T")


@dataclass(frozen=True)
class Node:
    """An object of the document and its place in it."""

    where: str
    values: Mapping[str, Any]

    @staticmethod
    def of(where: str, value: Any, required: Sequence[str], optional: Sequence[str] = ()) -> Node:
        """Return the object at a place, which must have the required keys, and no others but the optional ones."""
        if not isinstance(value, Mapping):
            raise SpecError.at(where, shown(value), "an object", "synthesise again")
        for key in required:
            if key not in value:
                raise SpecError.at(place_of(where, key), "nothing", "a value", "synthesise again")
        for key in value:
            if key not in required and key not in optional:
                raise SpecError.at(
                    place_of(where, key), "an unknown key", f"one of {listed((*required, *optional))}", "remove it"
                )
        return Node(where, value)

    def place(self, key: str) -> str:
        """Return the path of one of its keys."""
        return place_of(self.where, key)

    def text(self, key: str) -> str:
        """Return a string."""
        value: str = self._typed(key, str, "a string")
        return value

    def whole(self, key: str) -> int:
        """Return a whole number."""
        value: int = self._typed(key, int, "a whole number")
        return value

    def flag(self, key: str) -> bool:
        """Return true or false."""
        value: bool = self._typed(key, bool, "true or false")
        return value

    def share(self, key: str) -> float:
        """Return a number from 0 to below 1."""
        value = self.values[key]
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1:
            raise SpecError.at(self.place(key), shown(value), "a number from 0 to below 1", "correct it")
        return float(value)

    def word(self, key: str, allowed: Sequence[str]) -> str:
        """Return a string that is one of the allowed ones."""
        value = self.text(key)
        if value not in allowed:
            raise SpecError.at(self.place(key), f"'{value}'", f"one of {listed(allowed)}", "use one of these")
        return value

    def texts(self, key: str) -> Tuple[str, ...]:
        """Return a list of strings that is not empty."""
        values: List[Any] = self._typed(key, list, "a list")
        if not values or not all(isinstance(value, str) for value in values):
            raise SpecError.at(self.place(key), shown(values), "a list of strings", "correct it")
        return tuple(values)

    def each(self, key: str, read: Callable[[str, Any], T]) -> Tuple[T, ...]:
        """Return a list, each item read with its place."""
        values: List[Any] = self._typed(key, list, "a list")
        return tuple(read(f"{self.place(key)}[{index}]", value) for index, value in enumerate(values))

    def maybe(self, key: str, read: Callable[[str], T]) -> Optional[T]:
        """Return a value, or None where the key is missing."""
        return read(key) if key in self.values else None

    def _typed(self, key: str, kind: Any, expected: str) -> Any:
        value = self.values[key]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise SpecError.at(self.place(key), shown(value), expected, "correct it")
        return value


def placed(where: str, read: Callable[[], T]) -> T:
    """Call ``read``, and put ``where`` in front of the text of a ``SpecError``."""
    try:
        return read()
    except SpecError as error:
        raise SpecError(f"{where}.{error}") from error


def refuse_repeated(where: str, names: Sequence[str]) -> None:
    """Raise ``SpecError`` for the second of two names that are the same."""
    seen: Dict[str, int] = {}
    for name in names:
        if name in seen:
            raise SpecError.at(where, f"the name '{name}' a second time", "distinct names", "rename one")
        seen[name] = 1


def place_of(where: str, key: str) -> str:
    """Return the path of a key."""
    return f"{where}.{key}" if where else key


def listed(words: Sequence[str]) -> str:
    """Return words as an enumeration."""
    return ", ".join(words)


def shown(value: Any) -> str:
    """Return a value as it stands in messages."""
    return "nothing" if value is None else f"'{value}'"


def value_type(node: Node) -> ColumnType:
    """Return the type that an object states by its keys ``type``, ``precision`` and ``scale``."""
    name, precision, scale = node.text("type"), node.maybe("precision", node.whole), node.maybe("scale", node.whole)
    return placed(node.where, lambda: ColumnType(name, precision, scale))


def prefixes(where: str, value: Any, keys: Sequence[str]) -> List[str]:
    """Return the prefixes that an object states, in the order of the keys; each must end with a slash."""
    node = Node.of(where, value, keys)
    for key in keys:
        if not node.text(key).endswith("/"):
            raise SpecError.at(node.place(key), shown(node.values[key]), "a prefix that ends with '/'", "add it")
    return [node.text(key) for key in keys]
