"""Changing moto from outside, loudly: a patch whose target has moved fails at start, not at run time."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


class PatchError(Exception):
    """A patch's target does not exist in the installed version of moto."""


def replace(owner: Any, name: str, value: Any) -> Any:
    """Set an attribute that must exist already, and return what was there."""
    if not hasattr(owner, name):
        raise PatchError(_missing(f"attribute '{name}' on '{getattr(owner, '__name__', owner)}'"))
    stock = getattr(owner, name)
    setattr(owner, name, value)
    return stock


def wrap(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Replace an attribute that must exist by `make(what was there)`."""
    replace(owner, name, make(getattr(owner, name, None)))


def after_init(owner: type, then: Callable[[Any], None]) -> None:
    """Call `then` with each new instance of a class, when stock has made it."""

    def make(stock: Any) -> Any:
        def init(self: Any, *args: Any, **kwargs: Any) -> None:
            stock(self, *args, **kwargs)
            then(self)

        return init

    wrap(owner, "__init__", make)


def replace_imported(package: str, stock: Any, value: Any) -> int:
    """Replace a function in every loaded module of a package that imported it by value; return how many."""
    name = stock.__name__
    importers = [
        module
        for path, module in list(sys.modules.items())
        if path.startswith(package) and getattr(module, name, None) is stock
    ]
    if not importers:
        raise PatchError(_missing(f"importer of '{name}' in '{package}'"))
    for module in importers:
        setattr(module, name, value)
    return len(importers)


def _missing(what: str) -> str:
    return f"moto: got no {what}, expected one to replace; install 'moto[server]>=5.2.3,<5.3'"
