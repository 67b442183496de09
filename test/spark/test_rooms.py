"""The rooms of the package, and what each may import: what stands before it, and the libraries named here."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import Dict, Iterator, List, Mapping, NamedTuple, Set, Tuple

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "assets" / "spark" / "medallion"


class Room(NamedTuple):
    """What a room may import, besides itself and the modules that stand in no room."""

    rooms: Tuple[str, ...]
    libraries: Tuple[str, ...]


NO_ROOM = "."

ROOMS: Dict[str, Room] = {
    NO_ROOM: Room((), ()),
    "spec": Room((), ("pyarrow",)),
    "arrays": Room((), ("numpy",)),
    "evaluation": Room(("spec", "arrays"), ("numpy", "pyarrow")),
    "bronze": Room(("spec",), ("pyarrow",)),
    "label_files": Room(("spec", "bronze"), ("pyarrow",)),
    "lake": Room(("spec",), ("boto3", "pyarrow", "pyspark")),
    "layers": Room(("spec", "evaluation", "bronze"), ("pyarrow", "pyspark")),
    "runs": Room(("spec", "bronze", "label_files", "lake", "layers"), ("boto3", "pyarrow", "pyspark")),
}
"""In the order in which they stand; DataFrame functions know no table, and arrays know no declaration."""

LIBRARIES = {name for room in ROOMS.values() for name in room.libraries}


def module_name(path: Path) -> str:
    """Return ``room.module``, or the module alone where it stands in no room."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def room_of(module: str) -> str:
    """Return the room of ``room.module``."""
    return module.split(".")[0] if module.split(".")[0] in ROOMS else NO_ROOM


@cache
def imports(source: str) -> Tuple[str, ...]:
    """Return what a module imports, wherever it does: modules, and names that may be modules."""
    return tuple(_imports(source))


def _imports(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (str(node.module), *(f"{node.module}.{name.name}" for name in node.names))


def edges(sources: Mapping[str, str]) -> Dict[str, Set[str]]:
    """Return for each module the modules of the package that it imports."""
    return {
        module: {name.partition(".")[2] for name in imports(source) if name.startswith("medallion.")} & sources.keys()
        for module, source in sources.items()
    }


def forbidden(sources: Mapping[str, str]) -> List[str]:
    """Return the imports that reach a room or a library which they must not."""
    found, graph = [], edges(sources)
    for module, source in sources.items():
        room = ROOMS[room_of(module)]
        allowed = {room_of(module), NO_ROOM, *room.rooms}
        found += [f"{module} -> {name}" for name in graph[module] if room_of(name) not in allowed]
        libraries = {name.split(".")[0] for name in imports(source)} & LIBRARIES
        found += [f"{module} -> {name}" for name in libraries.difference(room.libraries)]
    return sorted(found)


def circle(sources: Mapping[str, str]) -> List[str]:
    """Return modules that import one another in a circle, an empty list where there is none."""
    graph = edges(sources)
    while graph:
        free = {module for module, names in graph.items() if not names & graph.keys()}
        if not free:
            return sorted(graph)
        graph = {module: names for module, names in graph.items() if module not in free}
    return []


SOURCES = {module_name(path): path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
MODULES = {module: source for module, source in SOURCES.items() if not module.endswith("__init__")}


def test_every_folder_is_a_room_with_its_purpose_in_its_first_sentence() -> None:
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == ROOMS.keys() - {NO_ROOM}
    for folder in folders:
        purpose = ast.get_docstring(ast.parse(SOURCES[f"{folder}.__init__"]))
        assert purpose is not None
        assert purpose.endswith(".")


def test_no_module_imports_what_stands_after_it() -> None:
    assert forbidden(MODULES) == []


def test_no_modules_import_one_another_in_a_circle() -> None:
    assert circle(MODULES) == []


@pytest.mark.parametrize(
    ("module", "line", "edge"),
    [
        ("spec.declaration", "from medallion.arrays.timeline import Mask", "arrays.timeline"),
        ("arrays.kernel", "from medallion.spec import declaration", "spec.declaration"),
        ("layers.gold", "from medallion.lake.tables import LakeTable", "lake.tables"),
        ("errors", "import medallion.instants, medallion.runs.session", "runs.session"),
        ("evaluation.evaluate", "def late() -> None:\n    from pyspark.sql import DataFrame", "pyspark"),
        ("arrays.kernel", "import pyarrow.compute as pc", "pyarrow"),
    ],
)
def test_a_planted_import_that_goes_back_is_found(module: str, line: str, edge: str) -> None:
    planted = {**MODULES, module: f"{MODULES[module]}\n{line}\n"}
    assert forbidden(planted) == [f"{module} -> {edge}"]


def test_a_planted_circle_is_found() -> None:
    planted = {**MODULES, "errors": f"{MODULES['errors']}\nfrom medallion import object_keys\n"}
    assert {"errors", "object_keys"} <= set(circle(planted))
