"""The rows of a file of one JSON object a line."""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import Iterable, Iterator, Sequence

from medallion.bronze.line_reader import json_object
from medallion.bronze.objects import MAX_LINE_BYTES, object_lines
from medallion.label_files.row import Row, damaged_at


def json_rows(content: Iterable[bytes], columns: Sequence[str]) -> Iterator[Row]:
    """Yield one row for each line, blank ones left out; raise ``UnreadableFile`` where the file breaks off."""
    for line in object_lines(content):
        written = line.content[len(BOM_UTF8) :] if line.content.startswith(BOM_UTF8) else line.content
        is_blank = not written.strip()
        if line.damaged:
            if not is_blank:
                yield Row(line.number, None, written)
            raise damaged_at(line.number)
        if is_blank:
            continue
        document = None if len(written) > MAX_LINE_BYTES else json_object(written)
        yield Row(line.number, None if document is None else tuple(map(document.get, columns)), written)
