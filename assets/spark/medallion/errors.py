"""The errors that the package raises on purpose; texts read ``where: got X, expected Y; fix``."""

from __future__ import annotations

from typing import Type, TypeVar

E = TypeVar("E", bound="MedallionError")


class MedallionError(Exception):
    """Base of every error that the package raises on purpose."""

    @classmethod
    def at(cls: Type[E], where: str, got: object, expected: object, fix: str) -> E:
        """Return the error with its text in the form above."""
        return cls(f"{where}: got {got}, expected {expected}; {fix}")


class SpecError(MedallionError):
    """The spec document cannot be used: unknown version, unknown word, or parts that contradict each other."""


class InputError(MedallionError):
    """A table breaks what an earlier layer guarantees, such as a null key or a column of another type."""
