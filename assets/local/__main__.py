"""Command line: `python -m local serve` runs until its standard input closes."""

from __future__ import annotations

import argparse
import gc
import json
import os
import signal
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from local.guard import GuardError, refuse_real_credentials


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until standard input closes or SIGTERM arrives; return the process's exit code."""
    options = _parser().parse_args(arguments)
    try:
        refuse_real_credentials(os.environ)
    except GuardError as error:
        print(error, file=sys.stderr)
        return 2
    return _serve(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="local", description="Run a synthesised platform on this machine.")
    serve = parser.add_subparsers(dest="command", required=True).add_parser("serve")
    serve.add_argument("--port", type=int, default=0, help="loopback port; 0 takes a free one")
    serve.add_argument("--state", type=Path, required=True, help="directory for logs, job files and caches")
    serve.add_argument("--node-path", required=True, help="node_modules with jsonata and the AWS clients")
    serve.add_argument("--spark", choices=("warm", "submit"), default="warm", help="one JVM for all jobs, or one each")
    serve.add_argument("--jars", type=Path, help="directory of the Iceberg and S3A jars")
    serve.add_argument("--now", type=_moment, help="where the simulated clock starts, ISO-8601")
    return parser


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"got {text}, expected an ISO-8601 time with its zone")
    return moment


def _serve(options: argparse.Namespace) -> int:
    # moto takes a second to import, and only this command needs it
    from local.server import Server, Settings
    from local.services import emrserverless

    server = Server(
        Settings(
            state_dir=options.state,
            node_path=options.node_path,
            port=options.port,
            spark_mode=options.spark,
            jars_dir=options.jars,
            now=options.now,
        )
    )
    signal.signal(signal.SIGTERM, _interrupt)
    server.start()
    emrserverless.warm_up(server.runtime)
    print(json.dumps({"endpoint": server.endpoint}), flush=True)
    try:
        sys.stdin.read()
    except KeyboardInterrupt:
        pass
    finally:
        server.close()
    gc.freeze()  # else the interpreter spends more than a second on taking moto's models apart
    return 0


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
