"""Import one module as a function would, and write down what happened."""


def run(spec, result):
    import importlib
    import threading
    import time

    connections = []
    guard(connections)
    for name in spec["after"]:
        try:
            importlib.import_module(name)
        except BaseException:
            pass  # that one has a result of its own
    before = memory()
    started, worked = time.perf_counter(), time.process_time()
    try:
        importlib.import_module(spec["module"])
    except SystemExit as error:
        result.update(status="exited", exception="SystemExit: %s" % (error.code,), traceback=lines(error)[-8:])
    except BaseException as error:
        result.update(status="failed", exception="%s: %s" % (type(error).__name__, error), traceback=lines(error)[-8:])
        for cause in chain(error):
            if isinstance(cause, ModuleNotFoundError) and cause.name:
                result.setdefault("missing", cause.name)
    result["seconds"] = time.perf_counter() - started
    result["cpu_seconds"] = time.process_time() - worked
    result["memory"] = max(memory() - before, 0)
    result["connections"] = sorted(set(connections))
    result["threads"] = sorted(t.name for t in threading.enumerate() if t is not threading.main_thread())


def main():
    spec = json.loads(sys.argv[1])
    result = {"module": spec["module"], "status": "imported"}
    del sys.argv[1:]
    start(spec)
    run(spec, result)
    finish(spec, result)


main()
