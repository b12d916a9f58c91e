"""Import modules one after the other as a function would, and write down what each import takes.

Beside what every script gets, the argument has the modules, those that are to be missing,
whether to note who imports what is loaded already, and when the process was started.
"""


def watch(loads):
    """Have every search for a module and its execution noted in loads.

    Python looks up _find_and_load at each import of a module that is not loaded yet.
    """
    import _thread
    import time

    bootstrap = sys.modules["_frozen_importlib"]
    load, clock, thread = bootstrap._find_and_load, time.perf_counter, _thread.get_ident
    stacks = {}

    def find_and_load(name, import_):
        stack = stacks.setdefault(thread(), [])
        noted = [name, stack[-1] if stack else None, thread(), True, clock(), 0.0]
        loads.append(noted)
        stack.append(noted)
        try:
            return load(name, import_)
        except BaseException:
            noted[3] = False
            raise
        finally:
            noted[5] = clock()
            stack.pop()

    bootstrap._find_and_load = find_and_load
    return stacks


def note_edges(stacks, edges):
    """Note who imports what, also if it is loaded already. This takes time."""
    import _thread
    import builtins

    bootstrap = sys.modules["_frozen_importlib"]
    import_, gcd_import = builtins.__import__, bootstrap._gcd_import

    def note(name):
        stack = stacks.get(_thread.get_ident())
        if stack and name in sys.modules and stack[-1][0] != name:
            edges.add((stack[-1][0], name))

    def noting_import(name, globals=None, locals=None, fromlist=(), level=0):
        module = import_(name, globals, locals, fromlist, level)
        try:
            if level:
                name = bootstrap._resolve_name(name, bootstrap._calc___package__(globals), level)
            note(name)
            for part in fromlist or ():
                note("%s.%s" % (name, part))
        except Exception:
            pass  # a module that looks like none
        return module

    def noting_gcd_import(name, package=None, level=0):
        module = gcd_import(name, package, level)
        note(bootstrap._resolve_name(name, package, level) if level else name)
        return module

    builtins.__import__ = noting_import
    bootstrap._gcd_import = noting_gcd_import


class Missing:
    """A finder by which modules are not there."""

    def __init__(self, names):
        self.names = names

    def find_spec(self, name, path=None, target=None):
        for missing in self.names:
            if name == missing or name.startswith(missing + "."):
                raise ModuleNotFoundError("No module named %r" % name, name=name)
        return None


def where(name):
    """The file of a loaded module, and whether Python had to compile it."""
    import os

    spec = getattr(sys.modules.get(name), "__spec__", None)
    origin = getattr(spec, "origin", None)
    if not isinstance(origin, str) or not spec.has_location:
        for folder in getattr(spec, "submodule_search_locations", None) or ():
            return str(folder), False  # of a namespace package
        return "", False
    cached = getattr(spec, "cached", None)
    return origin, origin.endswith(".py") and not (isinstance(cached, str) and os.path.exists(cached))


def import_all(spec, result):
    import importlib
    import time

    began, worked = time.perf_counter(), time.process_time()
    for name in spec["modules"]:
        try:
            importlib.import_module(name)
            continue
        except SystemExit as error:
            result.update(status="exited", exception="SystemExit: %s" % (error.code,), traceback=lines(error)[-8:])
        except BaseException as error:
            result.update(status="failed", exception="%s: %s" % (type(error).__name__, error), traceback=lines(error)[-8:])
            for cause in chain(error):
                if isinstance(cause, ModuleNotFoundError) and cause.name:
                    result.setdefault("missing", cause.name)
        result["module"] = name
        break
    result["seconds"] = time.perf_counter() - began
    result["cpu_seconds"] = time.process_time() - worked
    return began


def main():
    import threading
    import time

    spec = json.loads(sys.argv[1])
    result = {"module": "", "status": "imported"}
    del sys.argv[1:]
    start(spec)
    connections, loads, edges = [], [], set()
    guard(connections)
    if spec["without"]:
        sys.meta_path.insert(0, Missing(spec["without"]))
    before = memory()
    stacks = watch(loads)
    if spec["edges"]:
        note_edges(stacks, edges)
    result["start"] = max(time.time() - spec["launched"], 0)
    began = import_all(spec, result)
    ended = time.perf_counter()
    main_thread = threading.get_ident()
    result["memory"] = max(memory() - before, 0)
    result["connections"] = sorted(set(connections))
    result["threads"] = sorted(t.name for t in threading.enumerate() if t is not threading.main_thread())
    index = {id(load): i for i, load in enumerate(loads)}
    result["loads"] = []
    for name, parent, thread, worked, at, until in list(loads):
        file, compiled = where(name) if worked else ("", False)
        result["loads"].append({"module": name, "parent": index.get(id(parent), -1), "start": at - began, "end": (until or ended) - began,
                                "file": file, "compiled": compiled, "failed": not worked, "elsewhere": thread != main_thread})
    result["edges"] = sorted(edges)
    finish(spec, result)


main()
