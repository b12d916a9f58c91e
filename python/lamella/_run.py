"""Running the program."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import threading
import typing
from dataclasses import dataclass
from typing import Any, Callable, Dict, FrozenSet, IO, List, Mapping, Optional, Sequence, Type, TypeVar, Union

from ._binary import find_binary
from ._decode import Incomplete, decode
from ._errors import LamellaError, error_of
from ._types import FailedLayer, Failure

T = TypeVar("T")
StrPath = Union[str, "os.PathLike[str]"]
Strings = Union[StrPath, Sequence[StrPath]]
Version = Union[int, str]
Environment = Mapping[str, str]

logger = logging.getLogger("lamella")


@dataclass(frozen=True)
class Event:
    """What a command is doing, or a message of it."""

    event: str
    """"expect", "begin", "progress", "end", "note", "warning" or "debug" """
    op: str
    """what is done, such as "download", "compose" or "upload"; "" for a message"""
    subject: str
    """what it is done to: a file or a layer; "" for a message"""
    done: int
    """bytes"""
    total: int
    """bytes; 0 if unknown"""
    message: str
    """one sentence; "" for progress"""


Progress = Callable[[Event], None]

_LEVELS = {"note": logging.INFO, "warning": logging.WARNING, "debug": logging.DEBUG}


def call(result: Type[T], verb: str, positional: List[str], lists: FrozenSet[str], given: Dict[str, Any]) -> T:
    """Run a command with the arguments that its function was given.

    positional and lists are the names of the arguments that are no flags, and of those
    that may be repeated. What is None was not given. What the command says besides its
    result goes to the logger "lamella".
    """
    given = {name: value for name, value in given.items() if value is not None}
    cwd, env, progress = given.pop("cwd", None), given.pop("env", {}), given.pop("progress", None)
    words = [word for name in positional for word in _words(name, given.pop(name, ()))]
    command = [find_binary(), *verb.split(), *_flags(given, lists), "--json", "--progress=json"]
    if logger.isEnabledFor(logging.DEBUG):
        command.append("--verbose")
    process = subprocess.Popen(
        [*command, "--", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=cwd,
        env={**os.environ, **env},
    )
    stdout = _Reader(process.stdout)
    try:
        said = _follow(process.stderr, progress)
        process.wait()
    except BaseException as error:
        _stop(process, isinstance(error, KeyboardInterrupt))
        raise
    return _result(result, verb, process.returncode, stdout.content(), said)


def _words(name: str, value: Any) -> List[str]:
    words = [os.fspath(word) if isinstance(word, os.PathLike) else str(word) for word in _listed(value)]
    if name == "project":  # a folder called 3 would be taken for a version
        return [os.path.join(os.curdir, word) for word in words]
    return words


def _flags(given: Dict[str, Any], lists: FrozenSet[str]) -> List[str]:
    flags = []
    for name, value in given.items():
        flag = "--" + name.rstrip("_").replace("_", "-")
        if value is True:
            flags.append(flag)
        elif value is False:
            flags.append(flag + "=false")
        elif name in lists:
            flags += ["%s=%s" % (flag, _quoted(os.fspath(element))) for element in _listed(value)]
        else:
            flags.append("%s=%s" % (flag, value))
    return flags


def _listed(value: Any) -> List[Any]:
    return [value] if isinstance(value, (str, int, os.PathLike)) else list(value)


def _quoted(element: str) -> str:
    """An element of a flag that takes several, with commas between them as in CSV."""
    if any(c in element for c in ',"\r\n'):
        return '"%s"' % element.replace('"', '""')
    return element


class _Reader:
    """Reads a stream to its end in the background, so that its writer never waits."""

    def __init__(self, stream: Optional[IO[bytes]]) -> None:
        assert stream is not None
        self._stream, self._read = stream, b""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with self._stream:
            self._read = self._stream.read()

    def content(self) -> bytes:
        self._thread.join()
        return self._read


def _follow(stream: Optional[IO[bytes]], progress: Optional[Progress]) -> List[str]:
    """Report the events on stderr until its end, and return the lines that are none."""
    assert stream is not None
    said = []
    for raw in stream:
        line = raw.decode(errors="replace").rstrip("\r\n")
        try:
            event = Event(**json.loads(line)) if line.startswith("{") else None
        except (TypeError, ValueError):
            event = None
        if event is None:
            said.append(line)
            continue
        if event.event in _LEVELS:
            logger.log(_LEVELS[event.event], "%s", event.message)
        if progress is not None:
            progress(event)
    stream.close()
    return said


def _stop(process: subprocess.Popen[bytes], interrupted: bool) -> None:
    """End the command, which completes or removes what it has begun."""
    _Reader(process.stderr)
    if interrupted:  # it may have got the same Ctrl-C, and a second signal would kill it at once
        try:
            process.wait(timeout=2)
            return
        except subprocess.TimeoutExpired:
            pass
    process.terminate()
    process.wait()


def _result(result: Type[T], verb: str, status: int, stdout: bytes, said: List[str]) -> T:
    try:
        document = json.loads(stdout)
    except ValueError:
        message = "lamella %s ended with exit status %d and without a result" % (verb, status)
        raise LamellaError(message, exit_status=status, details=said) from None
    document["exit_status"] = status
    if "layers" in getattr(result, "__dataclass_fields__"):
        _sort(result, document)
    failure = document.pop("error")
    try:
        value: Optional[T] = decode(result, document)
    except Incomplete:
        if failure is None:
            raise LamellaError(
                "lamella %s printed a result that this module does not know" % verb,
                hints=["install the module and the program from the same wheel; the program is " + find_binary()],
            ) from None
        value = None
    if failure is not None:
        raise error_of(decode(Failure, failure), status, value)
    assert value is not None
    return value


def _sort(result: Any, document: Dict[str, Any]) -> None:
    """Tell the layers of which something is known from those that only failed."""
    layer = typing.get_args(typing.get_type_hints(result)["layers"])[0]
    layers, failed = [], []
    for row in document["layers"]:
        try:
            layers.append(decode(layer, row))
        except Incomplete:
            if row["error"] is None:
                raise
            failed.append(decode(FailedLayer, row))
    document["layers"], document["failed"] = layers, failed
