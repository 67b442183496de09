"""Runs the demo on an assembly that is synthesised already; ``demo.mjs`` prepares everything and calls this.

python -m demo --assembly .local/demo/cdk.out --out .local/demo

``--assembly -`` reads the directory's name from standard input, so that the assembly may be made meanwhile.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from demo.checks import Checks
from demo.closing import Closing, close
from demo.console import Terminal
from demo.deployment import Deployment
from demo.recompute.expected import Expected
from demo.report import write_report
from demo.runtime import LocalRuntime, RuntimeFailure, RuntimeOptions, tail
from demo.simulation import RunFailed, Simulation
from demo.tables import (
    Table,
    alarms_table,
    checks_table,
    groups_table,
    outcome_table,
    phases_table,
    quarantine_table,
    slots_table,
)
from demo.traffic import CLOSE, START, evening


class NoAssembly(Exception):
    """Raised when standard input ends without the name of an assembly: making it failed, and said so already."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; return 0 if every figure agrees, 1 if one differs, 2 if it could not be played to the end."""
    options = _options(arguments)
    signal.signal(signal.SIGTERM, _terminated)
    terminal = Terminal(options.phase)
    checks = Checks()
    state = options.out / "runtime"
    shutil.rmtree(state, ignore_errors=True)
    runtime_options = RuntimeOptions(state, START, spark=options.spark)
    try:
        with terminal.phase("Starting the local runtime"):
            runtime = LocalRuntime(runtime_options)
        with runtime:
            simulation, closing = _play(runtime, options, terminal, checks)
    except NoAssembly as failure:
        terminal.failure(str(failure))
        return 2
    except (RuntimeFailure, RunFailed) as failure:
        terminal.failure(f"{failure}\n\nlast lines of {state / 'runtime.log'}:\n{tail(state / 'runtime.log')}")
        return 2
    _keep_figures(simulation, options.out / "slots.json")
    _conclude(simulation, closing, options.out / "report.html", terminal)
    return 1 if checks.failed else 0


def _play(
    runtime: LocalRuntime, options: argparse.Namespace, terminal: Terminal, checks: Checks
) -> tuple[Simulation, Closing]:
    with terminal.phase("Making up the evening"):
        played = evening(options.seed, options.scale)
    terminal.say(f"{played.lines:,} lines, seed {options.seed}; clock starts at {START:%Y-%m-%d %H:%M} UTC")
    with terminal.phase("Waiting for the synthesised stack"):
        assembly = _assembly(options.assembly)
    with terminal.phase("Deploying the synthesised stack, unmodified"):
        deployment = Deployment(runtime, runtime.deploy(assembly))
    terminal.say(f"{deployment.resources} resources; stream {deployment.stream}")
    simulation = Simulation(deployment, played, checks, Expected(deployment.lake.spec))
    with terminal.phase("Playing the evening; the stack's own schedules fire as the clock passes"):
        terminal.slot_header()
        for outcome in simulation.play():
            terminal.slot(outcome)
    with terminal.phase("Checking tables, datasets, a rerun, permissions and the offline store"):
        closing = close(simulation)
    return simulation, closing


def _assembly(given: str) -> Path:
    """Return the directory of the assembly, as given or, for ``-``, as the next line of standard input names it."""
    name = sys.stdin.readline().strip() if given == "-" else given
    if not name:
        raise NoAssembly("assembly: got none, expected the name of a directory on standard input")
    return Path(name).resolve()


def _conclude(simulation: Simulation, closing: Closing, report: Path, terminal: Terminal) -> None:
    checks, outcomes = simulation.checks, simulation.outcomes
    tables = [
        outcome_table(simulation, closing),
        groups_table(closing),
        quarantine_table(outcomes),
        checks_table(checks),
        alarms_table(closing),
    ]
    for table in tables[:-1]:
        terminal.table(table)
    lead = (
        f"{simulation.sent:,} lines through the deployed example on the local runtime, "
        f"{START:%Y-%m-%d %H:%M} UTC to {CLOSE:%H:%M}."
    )
    with terminal.phase("Writing the report"):
        write_report(report, lead, outcomes, checks, _with_slots(tables, simulation, terminal))
    terminal.table(phases_table(terminal.phases))
    terminal.verdict(checks)
    terminal.say(f"report: {report}")


def _keep_figures(simulation: Simulation, path: Path) -> None:
    """Write the slot reports with the seconds of their runs, for whoever wants to work with them."""
    slots = [{"seconds": outcome.seconds, **outcome.report} for outcome in simulation.outcomes]
    path.write_text(json.dumps(slots, indent=1), encoding="utf-8")


def _with_slots(tables: Sequence[Table], simulation: Simulation, terminal: Terminal) -> list[Table]:
    return [slots_table(simulation.outcomes), *tables, phases_table(terminal.phases)]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="demo", description="Play one evening of card payments.")
    parser.add_argument("--assembly", required=True, help="directory that cdk synth wrote; - reads its name from stdin")
    parser.add_argument("--out", type=Path, required=True, help="directory for the report and the runtime's files")
    parser.add_argument("--spark", choices=("warm", "submit"), default="warm", help="one JVM for all jobs, or one each")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same evening (default 1)")
    parser.add_argument("--scale", type=float, default=1.0, help="size of the evening; 1 is about 21,000 events")
    parser.add_argument("--phase", type=_phase, action="append", default=[], metavar="NAME=SECONDS",
                        help="a phase that is over already, for the table of times")  # fmt: skip
    return parser.parse_args(arguments)


def _phase(text: str) -> tuple[str, float]:
    name, _, seconds = text.rpartition("=")
    return name, float(seconds)


def _terminated(*_: object) -> None:
    sys.exit(143)


if __name__ == "__main__":
    sys.exit(main())
