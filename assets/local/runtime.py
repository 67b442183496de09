"""What every service of the local runtime shares; each service folder has one `install(runtime: Runtime)`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

import boto3
from botocore.config import Config

from local.advance import Timeline
from local.audit import Audit
from local.clock import SimulatedClock
from local.ends import Ends
from local.faults import Faults
from local.identity import OPERATOR_KEY, REGION, SECRET_KEY, key_for_role
from local.journal import Journal


class Worker(Protocol):
    """A child process that ends with the runtime."""

    def close(self) -> None:
        """End the process; calling it twice is harmless."""


class Answer(NamedTuple):
    """What a route answers: an HTTP status, a JSON body, and the AWS error code if it refuses."""

    status: int
    body: Any
    error: str | None = None


@dataclass(frozen=True)
class ExecutionEnd:
    """One finished state machine execution; status is SUCCEEDED, FAILED, TIMED_OUT or ABORTED."""

    state_machine_arn: str
    execution_arn: str
    status: str
    seconds: float


Control = Callable[[dict[str, Any]], Any]
"""A control route: the JSON request body, or else the query, in; a JSON value out."""

Route = Callable[[str, str, dict[str, list[str]], bytes], Answer]
"""A service without a moto back end: method, path, query and body in."""


@dataclass
class Runtime:
    """The running platform, as its services see it.

    `executions` is called, in the execution's own thread, when a state machine execution has ended;
    `invocations` after a function ran, with its name, whether it failed, and its seconds.
    `job_runs` has the last state of each Spark job run that has ended.
    `controls` are the handlers of `<method> /_local/<name>`; `routes` those of whole services by signing name.
    `timeline` is what moves the clock, and holds what falls due on the way.
    """

    endpoint: str
    state_dir: Path
    node_path: str
    clock: SimulatedClock
    jars_dir: Path | None = None
    spark_mode: Literal["warm", "submit"] = "warm"
    workers: list[Worker] = field(default_factory=list)
    executions: list[Callable[[ExecutionEnd], None]] = field(default_factory=list)
    invocations: list[Callable[[str, bool, float], None]] = field(default_factory=list)
    job_runs: Ends[str] = field(default_factory=Ends)
    controls: dict[tuple[str, str], Control] = field(default_factory=dict)
    routes: dict[str, Route] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    journal: Journal = field(default_factory=Journal)
    audit: Audit = field(default_factory=Audit)
    timeline: Timeline = field(init=False)
    _session: Any = field(default_factory=boto3.session.Session, repr=False)
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def __post_init__(self) -> None:
        self.timeline = Timeline(self.clock)

    def client(self, service: str, role_arn: str | None = None) -> Any:
        """Return a boto3 client of this runtime, signing as the role or as the operator; it never retries."""
        key = key_for_role(role_arn) if role_arn else OPERATOR_KEY
        with self._lock:
            if (service, key) not in self._clients:
                self._clients[service, key] = self._new_client(service, key)
            return self._clients[service, key]

    def child_environment(self, role_arn: str | None = None) -> dict[str, str]:
        """Return the AWS variables of a child process: our endpoint, a fake key, and no way to find another."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": key_for_role(role_arn) if role_arn else OPERATOR_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }

    def close(self) -> None:
        """End every child process."""
        while self.workers:
            self.workers.pop().close()

    def _new_client(self, service: str, key: str) -> Any:
        return self._session.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=key,
            aws_secret_access_key=SECRET_KEY,
            config=Config(
                retries={"total_max_attempts": 1},
                read_timeout=900,
                max_pool_connections=50,
                s3={"addressing_style": "path"},
            ),
        )
