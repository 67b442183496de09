"""The label files of the lake: which objects they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Tuple

from medallion.lake.bucket import Bucket

MARKER_STARTS = ("_", ".")
MARKER_ENDS = (".crc", "$folder$")


@dataclass(frozen=True)
class LabelObjects:
    """The objects under the prefix of labels: files with their bytes, and keys of markers."""

    files: Mapping[str, int]
    ignored: Tuple[str, ...]

    @staticmethod
    def under(bucket: Bucket, prefix: str) -> LabelObjects:
        """List the objects under a prefix.

        A marker is what programs leave beside the files that they write: an object without bytes, one of whose name, or
        a folder of it, begins with ``_`` or ``.``, and one whose name ends with ``.crc`` or ``$folder$``.
        """
        sizes = bucket.sizes(prefix)
        files = {key: size for key, size in sizes.items() if size and not is_marker(key[len(prefix) :])}
        return LabelObjects(files, tuple(key for key in sizes if key not in files))


def is_marker(name: str) -> bool:
    """Whether an object of this name below the prefix is none of the files."""
    return name.endswith(MARKER_ENDS) or any(part.startswith(MARKER_STARTS) for part in name.split("/"))
