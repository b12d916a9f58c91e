"""The module with the true program and a local destination."""

from __future__ import annotations

import datetime
import inspect
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Dict, List

import pytest

import lamella
from conftest import Project
from lamella import _errors, _run, _types, _verbs


def test_deploy_publishes_once(project: Project) -> None:
    (first,) = lamella.deploy().layers
    assert (first.version, first.published, first.outcome, first.layer) == (1, True, "first", "web")
    (second,) = lamella.deploy().layers
    assert (second.version, second.published, second.arn) == (1, False, first.arn)


def test_changes_are_dataclasses(project: Project) -> None:
    lamella.deploy()
    project.lock(greet="2.0", tidy="1.0")
    (planned,) = lamella.plan().layers
    assert planned.publishes and planned.latest is not None and planned.latest.version == 1
    kinds = {c.name: (c.kind, c.old.version if c.old else None, c.new.version if c.new else None) for c in planned.changes}
    assert kinds == {"greet": ("updated", "1.0", "2.0"), "polite": ("removed", "1.0", None), "tidy": ("added", None, "1.0")}
    (deployed,) = lamella.deploy().layers
    assert [c.name for c in deployed.changes] == ["greet", "polite", "tidy"]
    (history,) = lamella.history().layers
    assert [v.version for v in history.versions] == [2, 1]
    assert isinstance(history.versions[0].created, datetime.datetime)
    assert history.versions[0].created.tzinfo is not None


def test_a_result_that_is_not_about_layers(project: Project) -> None:
    assert lamella.version().version
    assert lamella.cache_dir().dir == os.environ["LAMELLA_CACHE_DIR"]
    assert lamella.vendor("wheels").added == 2


@pytest.mark.parametrize(
    "lock, arguments, expected",
    [
        ("greet==1.0\n", {}, lamella.LockError),
        ("greet==1.0 --hash=sha256:%s\n" % ("0" * 64), {"offline": True}, lamella.PackageIndexError),
        (None, {"runtime": "python9.9"}, lamella.UsageError),
    ],
)
def test_exceptions_have_kind_and_hints(project: Project, lock: str, arguments: Dict[str, Any], expected: type) -> None:
    if lock is not None:
        project.root.joinpath("requirements.txt").write_text(lock)
    with pytest.raises(lamella.LamellaError) as caught:
        lamella.deploy(None, **arguments)
    error = caught.value
    assert type(error) is expected
    assert error.exit_status == {"usage": 2, "lock": 3, "index": 4}[error.kind]
    assert error.message and str(error).startswith(error.message)
    assert all("hint: " + hint in str(error) for hint in error.hints)
    assert expected not in (lamella.LockError, lamella.UsageError) or error.hints


def test_partial_failure_keeps_what_succeeded(project: Project) -> None:
    project.root.joinpath("pyproject.toml").write_text(
        '[project]\nname = "web"\nversion = "1"\n\n[tool.lamella]\nruntime = ["python3.12", "python3.13"]\nto = "{runtime}"\nname = "{name}-{runtime}"\n'
    )
    project.root.joinpath("python312").write_text("a file, where a folder should be")
    with pytest.raises(lamella.PartialError) as caught:
        lamella.deploy()
    result = caught.value.result
    assert isinstance(result, _types.DeployResult)
    assert [layer.target for layer in result.layers] == ["python3.13/x86_64"]
    assert [(layer.target, layer.error.kind) for layer in result.failed] == [("python3.12/x86_64", "usage")]
    assert caught.value.exit_status == result.exit_status == 8


def test_an_exit_status_that_is_an_answer(project: Project) -> None:
    assert lamella.plan(detailed_exitcode=True).exit_status == 2
    lamella.deploy()
    assert lamella.plan(detailed_exitcode=True).exit_status == 0


def test_progress_and_messages(project: Project, caplog: pytest.LogCaptureFixture) -> None:
    events: List[lamella.Event] = []
    thread: List[threading.Thread] = []

    def progress(event: lamella.Event) -> None:
        events.append(event)
        thread.append(threading.current_thread())

    with caplog.at_level(logging.DEBUG, "lamella"):
        lamella.deploy(progress=progress)
    assert {e.op for e in events if e.event == "end"} >= {"compose", "publish"}
    assert set(thread) == {threading.current_thread()}
    assert any(e.event == "debug" for e in events)
    assert {r.levelno for r in caplog.records} >= {logging.DEBUG}


def test_an_exception_of_the_callback_ends_the_command(project: Project) -> None:
    def progress(event: lamella.Event) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        lamella.deploy(progress=progress)
    assert lamella.deploy().layers[0].version == 1


def test_arguments_reach_the_command_as_they_are(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = project.root.parent / 'wheels, and "more"'
    project.wheels.rename(folder)
    monkeypatch.delenv("LAMELLA_FIND_LINKS")
    odd = project.root / "3"  # the number of a version, unless it is a folder
    project.root.rename(project.root.parent / "moved")
    Path(project.root.parent / "moved" / "3").mkdir()
    for name in ("pyproject.toml", "requirements.txt"):
        Path(project.root.parent / "moved" / name).rename(project.root.parent / "moved" / "3" / name)
    (layer,) = lamella.deploy("3", find_links=folder, description="-x, = y", cwd=project.root.parent / "moved").layers
    assert layer.published
    (shown,) = lamella.show(1, "3", cwd=project.root.parent / "moved").layers
    assert shown.description == "-x, = y"
    (built,) = lamella.build("3", find_links=[folder], exclude=["polite"], cwd=project.root.parent / "moved", env={"LAMELLA_FORCE": ""}).layers
    assert [p.name for p in built.distributions] == ["greet"] and odd.name == "3"


def test_python_m_lamella(project: Project) -> None:
    run = [sys.executable, "-m", "lamella"]
    deployed = subprocess.run([*run, "deploy"], capture_output=True, text=True, check=True)
    assert deployed.stdout.startswith("arn:") and deployed.stdout.count("\n") == 1
    assert subprocess.run([*run, "deploy", "--runtime", "python9.9"], capture_output=True).returncode == 2


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch, project: Project) -> socket.socket:
    """An index that never answers, so that the command waits."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(20)
    project.wheels.joinpath("greet-1.0-py3-none-any.whl").unlink()
    monkeypatch.setenv("LAMELLA_INDEX_URL", "http://127.0.0.1:%d/simple/" % server.getsockname()[1])
    return server


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_signals_reach_the_program(silent: socket.socket, sent: signal.Signals) -> None:
    process = subprocess.Popen([sys.executable, "-m", "lamella", "deploy"], stderr=subprocess.PIPE)
    connection, _ = silent.accept()
    process.send_signal(sent)
    _, said = process.communicate(timeout=20)
    connection.close()
    assert process.returncode == 130, said


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_keyboard_interrupt_ends_the_command(silent: socket.socket) -> None:
    code = "import lamella\ntry: lamella.deploy()\nexcept KeyboardInterrupt: print('interrupted')"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    connection, _ = silent.accept()
    process.send_signal(signal.SIGINT)  # to Python alone; a terminal sends it to both
    out, _ = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, "interrupted\n")
    connection.settimeout(20)
    while connection.recv(4096):  # the command's end closes it
        pass
    connection.close()


def test_every_kind_has_its_exception() -> None:
    text = subprocess.run([lamella.find_binary(), "help", "exit-codes"], capture_output=True, text=True, check=True).stdout
    kinds = re.findall(r"(?m)^ +\d+ +(\w+) ", text)
    assert len(kinds) > 5
    assert set(_errors._KINDS) | {"other"} == set(kinds) - {"ok"}


def test_every_function_is_documented_by_an_example() -> None:
    page = Path(__file__).parents[2].joinpath("docs", "python.md").read_text()
    for name in _verbs.__all__:
        assert "lamella.%s(" % name in page, name
    assert all(inspect.getdoc(getattr(lamella, name)) for name in lamella.__all__)


def test_an_unknown_result_is_a_clear_error() -> None:
    with pytest.raises(lamella.LamellaError, match="does not know"):
        _run._result(_types.VersionResult, "version", 0, b'{"schema": 2, "error": null}', [])
    with pytest.raises(lamella.LamellaError, match="without a result") as caught:
        _run._result(_types.VersionResult, "version", -9, b"", ["panic: x"])
    assert caught.value.details == ["panic: x"]
