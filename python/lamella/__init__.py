"""Turn a Python project's lock file into an AWS Lambda layer.

Each ``lamella`` command with a JSON result is a function whose keyword arguments
are the command's flags. It returns a dataclass, or raises a
:class:`LamellaError` that says what failed and how to fix it::

    import lamella

    for layer in lamella.deploy(runtime="python3.13", to="out").layers:
        print(layer.arn)

The functions run the binary that the same wheel installs.
"""

from ._binary import find_binary
from ._errors import (
    BinaryNotFoundError,
    DestinationError,
    Interrupted,
    LamellaError,
    LayerError,
    LockError,
    MachineError,
    PackageIndexError,
    PartialError,
    UsageError,
)
from ._run import Event
from ._verbs import *  # noqa: F403
from ._verbs import __all__ as _functions

__all__ = [
    "BinaryNotFoundError",
    "DestinationError",
    "Event",
    "Interrupted",
    "LamellaError",
    "LayerError",
    "LockError",
    "MachineError",
    "PackageIndexError",
    "PartialError",
    "UsageError",
    "find_binary",
]
__all__ += _functions
