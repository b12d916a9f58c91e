"""Print which names of the standard library a Lambda layer can shadow.

    python3.13 tools/stdlib/stdlib.py SITE >> ...

SITE is a folder with awslambdaric, simplejson and snapshot_restore_py for the
interpreter that runs this. The output is this interpreter's element of
internal/runtimes/stdlib.json: every top-level name of the standard library; of
these, the names that are in sys.modules before Lambda's bootstrap puts /opt/python
on sys.path; and those that are built in or frozen, which are found before the path
is searched.
"""
import _imp
import json
import os
import subprocess
import sys

START = """
import json, logging, os, site, sys, time, traceback, warnings
sys.path.insert(0, sys.argv[1])
import awslambdaric.bootstrap
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def names():
    if sys.version_info >= (3, 10):
        return set(sys.stdlib_module_names)
    # Python 3.9 has no list of its own: what is built in, and what is in its folders.
    found = set(sys.builtin_module_names)
    library = os.path.dirname(os.__file__)
    for folder in (library, os.path.join(library, "lib-dynload")):
        for entry in os.listdir(folder):
            name = entry.partition(".")[0]
            if entry.endswith((".py", ".so")) or os.path.exists(os.path.join(folder, entry, "__init__.py")):
                found.add(name)
    return {name for name in found if name.isidentifier() and not name.startswith("_sysconfigdata_")} - {"site-packages", "test"}


def main():
    every = names() - {"__main__"}
    run = subprocess.run([sys.executable, "-I", "-S", "-c", START, sys.argv[1]], check=True, capture_output=True, text=True)
    loaded = set(json.loads(run.stdout)) & every
    fixed = {name for name in every if name in sys.builtin_module_names or _imp.is_frozen(name)} - loaded
    print(json.dumps({
        "minor": sys.version_info[1],
        "interpreter": "%d.%d.%d" % sys.version_info[:3],
        "loaded": " ".join(sorted(loaded)),
        "fixed": " ".join(sorted(fixed)),
        "others": " ".join(sorted(every - loaded - fixed)),
    }, indent=2))


main()
