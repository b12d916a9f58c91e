"""Exceptions raised by the functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Dict, List, Type

if TYPE_CHECKING:
    from ._types import Failure


class LamellaError(Exception):
    """A command failed. Each subclass corresponds to an exit status.

    ``str(error)`` is the message, followed by the details and hints, one per line.
    """

    kind: ClassVar[str] = "other"
    """the name of the exit status"""

    exit_status: int
    """exit status of the command"""
    message: str
    """one sentence"""
    subject: str
    """what the error is about, such as a distribution or a file; "" if nothing in particular"""
    details: List[str]
    """further lines, such as each rejected file with the reason"""
    hints: List[str]
    """what to do next; each names a command or flag"""
    result: Any
    """whatever the command still reported, such as the layers that succeeded; None if nothing"""

    def __init__(
        self,
        message: str,
        *,
        exit_status: int = 1,
        subject: str = "",
        details: List[str] = [],
        hints: List[str] = [],
        result: Any = None,
    ) -> None:
        super().__init__("\n".join([message, *("  " + line for line in details), *("hint: " + line for line in hints)]))
        self.message = message
        self.exit_status = exit_status
        self.subject = subject
        self.details = list(details)
        self.hints = list(hints)
        self.result = result


class UsageError(LamellaError):
    """An argument or the configuration is invalid."""

    kind = "usage"


class LockError(LamellaError):
    """The lock file is unreadable, has no versions or hashes, or has no wheel for the target."""

    kind = "lock"


class PackageIndexError(LamellaError):
    """A package index or wheel is unreachable, damaged, or has the wrong hash, or access is denied."""

    kind = "index"


class LayerError(LamellaError):
    """The layer is too large, or would not work in Lambda."""

    kind = "layer"


class DestinationError(LamellaError):
    """S3, Lambda, or the local folder denies access, or is missing or in an unexpected state."""

    kind = "destination"


class MachineError(LamellaError):
    """This machine failed: for example, a folder is not writable or the disk is full."""

    kind = "machine"


class PartialError(LamellaError):
    """Some layers failed and others succeeded; fix the errors, then make the same call again. ``result.failed`` lists the failed layers."""

    kind = "partly"


class Interrupted(LamellaError):
    """A signal stopped the command; no partial files are left behind."""

    kind = "interrupted"


class BinaryNotFoundError(LamellaError):
    """The ``lamella`` program is neither installed with this module nor on ``PATH``."""

    def __init__(self, looked: List[str]) -> None:
        super().__init__(
            "the lamella program was not found",
            details=["looked in " + folder for folder in looked] + ["looked on PATH"],
            hints=["python -m pip install --force-reinstall lamella"],
        )


_KINDS: Dict[str, Type[LamellaError]] = {c.kind: c for c in LamellaError.__subclasses__() if c is not BinaryNotFoundError}


def error_of(failure: Failure, exit_status: int, result: Any) -> LamellaError:
    """Return the exception for the error of a result."""
    return _KINDS.get(failure.kind, LamellaError)(
        failure.message,
        exit_status=exit_status,
        subject=failure.subject,
        details=failure.details,
        hints=failure.hints,
        result=result,
    )
