"""Import everything in a layer, with nothing else on sys.path.

    python -I -S imports.py LAYER/python DISTRIBUTION ...

Prints "FAIL <what>: <why>" for each that does not work.
"""
import importlib
import importlib.metadata
import pathlib
import sys
import traceback

layer = pathlib.Path(sys.argv[1]).resolve()
sys.dont_write_bytecode = True
sys.path.insert(0, str(layer))


def top_level():
    """Yields the layer's modules: what has an __init__ or is a single file.

    A folder without __init__ that holds packages is a namespace, and its
    children are yielded in its place, less those that are private: such as
    google.cloud._storage, which wants an extra that the lock has not.
    """
    for entry in sorted(layer.iterdir()):
        yield from modules(entry, "")


def modules(entry, prefix):
    name = prefix + entry.name.split(".")[0]
    if entry.is_dir():
        if not entry.name.isidentifier():
            return
        if (entry / "__init__.py").exists() or any(entry.glob("__init__.*.so")):
            yield name
        elif prefix.count(".") < 2:
            for child in sorted(entry.iterdir()):
                if child.is_dir() and not child.name.startswith("_"):
                    yield from modules(child, name + ".")
    elif entry.suffix in (".py", ".so") and name.isidentifier():
        yield name


def attempt(what, action):
    try:
        return action()
    except BaseException as error:
        print(f"FAIL {what}: {error!r}")
        traceback.print_exc()


for module in top_level():
    attempt(f"import {module}", lambda: importlib.import_module(module))
    loaded = sys.modules.get(module)
    origin = getattr(loaded, "__file__", None)
    if loaded is not None and origin and not origin.startswith(str(layer)):
        print(f"FAIL import {module}: comes from {origin}")
for distribution in sys.argv[2:]:
    name, _, version = distribution.partition("==")
    found = attempt(f"metadata of {name}", lambda: importlib.metadata.version(name))
    if found is not None and found != version:
        print(f"FAIL metadata of {name}: version {found}, not {version}")
print("done", sys.version.split()[0])
