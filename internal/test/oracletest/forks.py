"""Runs the command line of a Python tool again and again, each time in a fork.

Most of the time that such a tool takes goes by while it loads its modules.
Here what one run had to load is loaded for those that follow.

The arguments are the path of the tool's executable and its entry point,
"module:function". Each line of the standard input is a run, in JSON: the folder,
the arguments, and the files for what it prints. The answer is its exit status.
"""

import importlib
import json
import os
import sys
import traceback

program, entry = sys.argv[1:]


def main():
    module, function = entry.split(":")
    return getattr(importlib.import_module(module), function)()


def child(run, modules):
    """Does the run; reports the names of the modules it loaded; never returns."""
    loaded = set(sys.modules)
    status = 1
    try:
        os.chdir(run["dir"])
        for number, path in (0, os.devnull), (1, run["out"]), (2, run["err"]):
            os.dup2(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC), number)
        sys.argv = [program, *run["args"]]
        status = main()
    except SystemExit as e:
        if isinstance(e.code, str):
            print(e.code, file=sys.stderr)
        status = e.code
    except BaseException:
        traceback.print_exc()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
        os.write(modules, "\n".join(sorted(set(sys.modules) - loaded)).encode())
    finally:
        os._exit(status if isinstance(status, int) else int(status is not None))


for line in sys.stdin:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        child(json.loads(line), writer)
    os.close(writer)
    with open(reader) as names:
        loaded = names.read().split("\n")
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    for name in loaded:
        try:
            importlib.import_module(name)
        except Exception:
            pass  # it is no module of its own, such as six.moves
    print(status, flush=True)
