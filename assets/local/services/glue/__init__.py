"""Glue tables as Iceberg needs them: UpdateTable with an optimistic lock, and without an archive on request."""

from __future__ import annotations

import threading
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.glue.responses import GlueResponse

from local.patching import wrap
from local.runtime import Runtime


def install(runtime: Runtime) -> None:
    """Honour VersionId and SkipArchive; without the first, concurrent Iceberg commits are lost silently."""
    wrap(GlueResponse, "update_table", _with_optimistic_lock)


def _with_optimistic_lock(stock: Any) -> Any:
    lock = threading.Lock()

    def update_table(self: Any) -> Any:
        with lock:
            parameters = self.parameters
            table = self.glue_backend.get_table(parameters["DatabaseName"], parameters["TableInput"]["Name"])
            _refuse_other_version(table, parameters.get("VersionId"))
            replaced = str(table._current_version)
            answer = stock(self)
            if parameters.get("SkipArchive"):
                table.versions.pop(replaced, None)
            return answer

    return update_table


def _refuse_other_version(table: Any, wanted: Any) -> None:
    current = str(table._current_version)
    if wanted is not None and str(wanted) != current:
        raise JsonRESTError(
            "ConcurrentModificationException",
            f"Update table failed due to concurrent modifications: current version {current}, requested {wanted}",
        )
