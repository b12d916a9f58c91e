"""What every script here begins with: how a function starts, and how it is watched.

A script's argument is a JSON object. In it are the file to write to, the folders of the
layer that are on sys.path, and the standard modules that Lambda's bootstrap has loaded
before. Started with -I -S -B, so that nothing else is on sys.path.
"""
import sys
import json


def start(spec):
    # What the bootstrap has loaded, a layer cannot replace.
    for name in spec["loaded"]:
        try:
            __import__(name)
        except ImportError:
            pass  # not of this build of Python
    import os
    import site

    sys.path[0:0] = [spec["task"]] + [p for p in spec["paths"] if os.path.isdir(p)]
    for path in spec["paths"]:
        if os.path.isdir(path):
            site.addsitedir(path)  # runs .pth files, as the bootstrap does


def memory():
    try:
        with open("/proc/self/status") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def guard(connections):
    local = ("localhost", "::1", "0.0.0.0", "")

    def hook(event, args):
        if event == "socket.getaddrinfo":
            host, port = args[0], args[1]
        elif event == "socket.connect" and isinstance(args[1], tuple):
            host, port = args[1][0], args[1][1]
        else:
            return
        if isinstance(host, bytes):
            host = host.decode("ascii", "replace")
        if not host or host in local or str(host).startswith("127."):
            return
        connections.append("%s:%s" % (host, port))
        raise ConnectionRefusedError("lamella check permits no connections: %s:%s" % (host, port))

    sys.addaudithook(hook)


def chain(error):
    """The error and what it came from, the outermost first."""
    seen = []
    while error is not None and error not in seen:
        seen.append(error)
        error = error.__cause__ or error.__context__
    return seen


def lines(error):
    import traceback

    frames = error.__traceback__
    for _ in range(2):  # this file's, and that of importlib.import_module
        frames = frames.tb_next if frames else None
    text = "".join(traceback.format_exception(type(error), error, frames))
    return [line for line in text.splitlines() if line.strip() and 'File "<frozen importlib' not in line]


def finish(spec, result):
    import os

    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass
    with open(spec["report"], "w", encoding="utf-8") as report:
        json.dump(result, report)
    os._exit(0)  # without waiting for threads, or for what atexit has to say
