"""What moto does again for every request, service or partition, done once: it cost more than all the rest."""

from __future__ import annotations

import functools
from typing import Any

from moto.core import loaders
from moto.iam.models import IAMBackend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication

from local.identity import PARTITION
from local.patching import replace_imported, wrap


def install() -> None:
    """Keep moto from listing directories for each request and each service, and from reading policies six times."""
    wrap(DomainDispatcherApplication, "get_backend_for_host", functools.cache)
    replace_imported("moto.core", loaders.create_loader, functools.cache(loaders.create_loader))
    wrap(IAMBackend, "_init_aws_policies", _of_one_partition)


def _of_one_partition(stock: Any) -> Any:
    """A call looks its key up in every partition's IAM, each of which parses 1,500 managed policies."""

    def init_aws_policies(self: Any) -> Any:
        return stock(self) if self.region_name == PARTITION else []

    return init_aws_policies
