"""One Node process answers in turn, and is replaced when it does not."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.stepfunctions.parser.asl.jsonata.jsonata import JSONataException

from local.node_host import HostEnded, HostTimeout, NodeHost
from local.services.stepfunctions import jsonata
from local.services.stepfunctions.jsonata import Expressions

NODE_MODULES = Path(__file__).parents[2] / "node_modules"
SECONDS = 20.0
PROGRAM = """
const { spawn } = require('child_process');
module.exports = async (request) => {
  console.log('asked for', Object.keys(request).join());
  if (request.child) return spawn('sleep', ['600'], { stdio: 'inherit' }).pid;
  if (request.spin) for (;;);
  if (request.exit) process.exit(request.exit);
  if (request.fail) throw Object.assign(new Error(request.fail), { name: 'Broken' });
  return request.nothing ? undefined : process.pid;
};
"""
ENDLESS = "($count := function($n) { $count($n + 1) }; $count(0))"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[NodeHost]:
    (tmp_path / "program.js").write_text(PROGRAM)
    running = NodeHost(tmp_path / "program.js", {})
    yield running
    running.close()


def _pid(host: NodeHost) -> Any:
    return host.ask({}, SECONDS).result


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def _ends(pid: int) -> bool:
    """Whether a process that was told to end does: nobody here waits for it."""
    deadline = time.monotonic() + SECONDS
    while _runs(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not _runs(pid)


def test_one_process_answers_every_request(host: NodeHost) -> None:
    assert _pid(host) == _pid(host)
    assert host.ask({"nothing": True}, SECONDS).result is None


def test_what_was_logged_and_thrown_comes_with_the_answer(host: NodeHost) -> None:
    result, error, log = host.ask({"fail": "no luck"}, SECONDS)
    assert (result, log.split()) == (None, ["asked", "for", "fail"])
    assert error is not None
    assert (error["name"], error["message"], error["stack"][0]) == ("Broken", "no luck", "Broken: no luck")


def test_a_request_that_takes_too_long_ends_the_process_and_the_next_one_starts_another(host: NodeHost) -> None:
    first = _pid(host)
    with pytest.raises(HostTimeout, match=r"got no answer within 0.5 seconds") as late:
        host.ask({"spin": True}, 0.5)
    assert "asked for spin" in late.value.log
    assert not _runs(first)
    assert _pid(host) != first


def test_children_end_with_their_process(host: NodeHost) -> None:
    child = host.ask({"child": True}, SECONDS).result
    assert _runs(child)
    with pytest.raises(HostTimeout):
        host.ask({"spin": True}, 0.5)
    assert _ends(child)


def test_a_process_that_ends_fails_its_request_and_the_next_one_starts_another(host: NodeHost) -> None:
    first = _pid(host)
    with pytest.raises(HostEnded, match="exit status 3") as ended:
        host.ask({"exit": 3}, SECONDS)
    assert "asked for exit" in ended.value.log
    assert _pid(host) != first


def test_a_process_that_was_killed_between_requests_is_replaced(host: NodeHost) -> None:
    first = _pid(host)
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    assert _pid(host) != first


def test_a_program_that_cannot_be_loaded_says_why(tmp_path: Path) -> None:
    with pytest.raises(HostEnded, match="exit status 1") as ended:
        NodeHost(tmp_path / "absent.js", {}).ask({}, SECONDS)
    assert "Cannot find module" in ended.value.log


def test_closing_ends_the_process(host: NodeHost) -> None:
    pid = _pid(host)
    host.close()
    host.close()
    assert not _runs(pid)


@pytest.fixture
def expressions() -> Iterator[Expressions]:
    running = Expressions(str(NODE_MODULES), limit=1.0)
    yield running
    running.close()


def test_an_expression_without_end_is_given_up_and_the_next_one_evaluated(expressions: Expressions) -> None:
    with pytest.raises(
        JSONataException, match="got no value within 1 seconds, expected one; the expression may not end"
    ):
        expressions.evaluate(ENDLESS)
    assert expressions.evaluate("20 + 1") == 21


@pytest.mark.parametrize(
    ("expression", "message"),
    [("$error('no luck')", "no luck"), ("$missing", "returned nothing"), ("1 +", "expression")],
)
def test_an_expression_without_a_value_says_why(expressions: Expressions, expression: str, message: str) -> None:
    with pytest.raises(JSONataException, match=message):
        expressions.evaluate(expression)


def test_an_evaluator_that_ends_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ends.js").write_text("console.log('out of luck'); process.exit(7);")
    monkeypatch.setattr(jsonata, "_PROGRAM", tmp_path / "ends.js")
    with pytest.raises(JSONataException, match="(?s)the JSONata process ended: exit status 7.*out of luck"):
        Expressions(str(NODE_MODULES)).evaluate("1")
