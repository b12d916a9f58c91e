"""What the functions raise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Dict, List, Type

if TYPE_CHECKING:
    from ._types import Failure


class LamellaError(Exception):
    """A command failed. Its subclasses say who can fix it.

    ``str(error)`` is the message with the details and hints on lines of their own.
    """

    kind: ClassVar[str] = "other"
    """the name of the exit status"""

    exit_status: int
    """of the command"""
    message: str
    """one sentence"""
    subject: str
    """what it is about, such as a distribution or a file; "" if nothing in particular"""
    details: List[str]
    """further lines, such as each file that was rejected, and why"""
    hints: List[str]
    """what to do next, each with a command or a flag"""
    result: Any
    """what the command reports nevertheless, such as the layers that succeeded; None if nothing"""

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
    """A wrong argument or configuration key."""

    kind = "usage"


class LockError(LamellaError):
    """The lock file cannot be read, lacks versions or hashes, or does not fit the target."""

    kind = "lock"


class PackageIndexError(LamellaError):
    """The package index or a wheel: unreachable, access denied, wrong hash or damaged."""

    kind = "index"


class LayerError(LamellaError):
    """Lambda would reject the layer, or it would not work."""

    kind = "layer"


class DestinationError(LamellaError):
    """S3, Lambda or the local folder: access denied, missing, or in an unexpected state."""

    kind = "destination"


class MachineError(LamellaError):
    """This machine: a folder that is not writable, a full disk."""

    kind = "machine"


class PartialError(LamellaError):
    """Some layers failed; the same call again finishes. ``result.failed`` says which."""

    kind = "partly"


class Interrupted(LamellaError):
    """The command was stopped by a signal; nothing partial is left behind."""

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
