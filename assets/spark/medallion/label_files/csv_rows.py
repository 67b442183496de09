"""The rows of a CSV file with a header line: commas, quotes as RFC 4180 has them, line breaks within quotes."""

from __future__ import annotations

import csv
from codecs import BOM_UTF8
from collections import deque
from typing import Deque, Iterable, Iterator, List, NamedTuple, Optional, Sequence

from medallion.bronze.objects import MAX_LINE_BYTES, object_lines
from medallion.label_files.row import Row, column_places, damaged_at

QUOTE, COMMA = '"', ","


class _Text(NamedTuple):
    number: int
    text: str
    damaged: bool
    too_long: bool


class _Record(NamedTuple):
    """The cells of a row, None where it has none."""

    number: int
    cells: Optional[List[str]]
    raw: str


def csv_rows(content: Iterable[bytes], columns: Sequence[str]) -> Iterator[Row]:
    """Yield one row for each record below the header, blank lines left out.

    The columns stand where the file's own header has them. Raises ``UnreadableFile`` where the header lacks one, or
    the file breaks off.
    """
    records = _records(_texts(content))
    header = next(records, None)
    if header is None:
        return
    found = header.cells or [header.raw]
    places = column_places(found, columns)
    for number, cells, raw in records:
        fits = cells is not None and len(cells) == len(found)
        yield Row(number, tuple(cells[place] for place in places) if cells is not None and fits else None, raw)


def _texts(content: Iterable[bytes]) -> Iterator[_Text]:
    """Yield the lines as text, in which a byte that is not UTF-8 is a surrogate: no value may have one."""
    for line in object_lines(content):
        written = (
            line.content[len(BOM_UTF8) :] if line.number == 1 and line.content.startswith(BOM_UTF8) else line.content
        )
        text = (written[:-1] if written.endswith(b"\r") else written).decode("utf-8", errors="surrogateescape")
        yield _Text(line.number, text, line.damaged, len(line.content) > MAX_LINE_BYTES)


def _records(texts: Iterator[_Text]) -> Iterator[_Record]:
    """Yield the records of lines.

    Where a quote is never closed, the line in which it opens is refused alone, and what follows is read anew.
    """
    lines = _Lines(texts)
    for first in lines:
        number, text, damaged, too_long = first
        is_blank = not text.strip()
        if damaged:
            if not is_blank:
                yield _Record(number, None, text)
            raise damaged_at(number)
        if is_blank:
            continue
        if too_long:
            yield _Record(number, None, text)
        elif QUOTE not in text:
            yield _Record(number, text.split(COMMA), text)
        else:
            yield _quoted_record(first, lines)


def _quoted_record(first: _Text, lines: _Lines) -> _Record:
    taken = [first]

    def following() -> Iterator[str]:
        yield first.text + "\n"
        for line in lines:
            if line.damaged or line.too_long:
                lines.put_back([line])
                return
            taken.append(line)
            yield line.text + "\n"

    try:
        cells = next(csv.reader(following(), strict=True))
    except csv.Error:
        lines.put_back(taken[1:])
        return _Record(first.number, None, first.text)
    return _Record(first.number, cells, "\n".join(line.text for line in taken))


class _Lines:
    """Lines in their order, of which some can be put back."""

    def __init__(self, texts: Iterator[_Text]) -> None:
        self._texts = texts
        self._held: Deque[_Text] = deque()

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> _Text:
        return self._held.popleft() if self._held else next(self._texts)

    def put_back(self, lines: Sequence[_Text]) -> None:
        self._held.extendleft(reversed(lines))
