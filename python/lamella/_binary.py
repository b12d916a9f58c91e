"""Where the program is that this module runs."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import Iterator

from ._errors import BinaryNotFoundError

_WINDOWS = os.name == "nt"
_PROGRAM = "lamella.exe" if _WINDOWS else "lamella"


def find_binary() -> str:
    """Return the path of the ``lamella`` program.

    It is the one that was installed with this module; without it, the one on
    ``PATH``. Raises :class:`BinaryNotFoundError` if there is none.
    """
    looked = []
    for folder in _folders():
        path = folder / _PROGRAM
        if path.is_file() and os.access(path, os.X_OK):
            return str(path)
        if str(folder) not in looked:
            looked.append(str(folder))
    found = shutil.which("lamella")
    if found is None or _is_script(found):
        raise BinaryNotFoundError(looked)
    return found


def _folders() -> Iterator[Path]:
    """The folders into which installers put a wheel's scripts, the likeliest first."""
    scripts = "Scripts" if _WINDOWS else "bin"
    site = Path(__file__).resolve().parent.parent
    yield site / "bin"  # pip install --target, on every system
    for scheme in _schemes():
        if site in (Path(sysconfig.get_path(key, scheme)).resolve() for key in ("purelib", "platlib")):
            yield Path(sysconfig.get_path("scripts", scheme))
    # pip install --prefix: PREFIX/lib/python3.13/site-packages, PREFIX\Lib\site-packages
    for prefix in list(site.parents)[1:4]:
        yield prefix / scripts
    yield Path(sysconfig.get_path("scripts"))
    yield Path(sys.executable).parent


def _schemes() -> Iterator[str]:
    """The installation schemes that this interpreter may use: its own, and that of --user."""
    default = "nt" if _WINDOWS else "posix_prefix"
    names = sysconfig.get_scheme_names()
    for name in ("venv", default, "posix_local", "nt_user" if _WINDOWS else "posix_user", "osx_framework_user"):
        if name in names:
            yield name


def _is_script(path: str) -> bool:
    """Whether the program is a script, such as one of another distribution, and not the binary."""
    with open(path, "rb") as f:
        return f.read(2) == b"#!"
