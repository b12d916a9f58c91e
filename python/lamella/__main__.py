"""``python -m lamella`` is ``lamella``."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from ._binary import find_binary
from ._errors import BinaryNotFoundError


def main() -> NoReturn:
    try:
        binary = find_binary()
    except BinaryNotFoundError as error:
        sys.exit("lamella: error: %s" % error)
    if os.name != "nt":  # signals and the exit status are those of the program itself
        os.execv(binary, [binary, *sys.argv[1:]])
    import signal
    import subprocess

    process = subprocess.Popen([binary, *sys.argv[1:]])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the program, too
    sys.exit(process.wait())


main()
