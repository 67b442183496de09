"""The whole runtime in one process: moto and our services behind one loopback port."""

from __future__ import annotations

import importlib
import logging
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from moto.core.config import default_user_config
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from local import caching
from local.clock import SimulatedClock
from local.control import Control
from local.guard import LOOPBACK, isolate_process
from local.middleware import Middleware
from local.runtime import Runtime

SERVICES = (
    "cloudformation",
    "stepfunctions",
    "lambda_",
    "s3",
    "glue",
    "kinesis",
    "firehose",
    "events",
    "cloudwatch",
    "sqs",
    "sns",
    "sagemaker",
    "emrserverless",
    "scheduler",
)


@dataclass(frozen=True)
class Settings:
    """How one runtime is started; `now` is where its simulated clock begins, by default the wall clock."""

    state_dir: Path
    node_path: str
    port: int = 0
    spark_mode: Literal["warm", "submit"] = "warm"
    jars_dir: Path | None = None
    now: datetime | None = None


class _QuietHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Keep standard error for what goes wrong here."""


class Server:
    """One running local runtime; moto's state is the process's, so a process runs one of them."""

    def __init__(self, settings: Settings):
        settings.state_dir.mkdir(parents=True, exist_ok=True)
        self._http: BaseWSGIServer = make_server(
            LOOPBACK, settings.port, _not_ready, threaded=True, request_handler=_QuietHandler
        )
        isolate_process(self._http.port)
        self.endpoint = f"http://{LOOPBACK}:{self._http.port}"
        self.runtime = Runtime(
            endpoint=self.endpoint,
            state_dir=settings.state_dir.resolve(),
            node_path=settings.node_path,
            clock=SimulatedClock(settings.now),
            jars_dir=settings.jars_dir,
            spark_mode=settings.spark_mode,
        )
        self._http.app = self._application()

    def start(self) -> None:
        """Serve in a thread of its own and return at once."""
        threading.Thread(target=self._http.serve_forever, name="http", daemon=True).start()

    def close(self) -> None:
        """Stop serving and end every child process."""
        self._http.shutdown()
        self._http.server_close()
        self.runtime.close()

    def _application(self) -> Middleware:
        logging.getLogger("moto").setLevel(logging.CRITICAL)  # a failed state is in the execution's history
        default_user_config["iam"]["load_aws_managed_policies"] = True
        caching.install()
        for name in SERVICES:
            importlib.import_module(f"local.services.{name}").install(self.runtime)
        moto = DomainDispatcherApplication(create_backend_app)
        return Middleware(self.runtime, Control(self.runtime), moto)


def _not_ready(environ: dict[str, Any], start: Any) -> list[bytes]:
    start("503 Starting", [("content-length", "0")])
    return []
