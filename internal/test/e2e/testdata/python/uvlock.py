"""Write a uv.lock.

    uvlock.py FILE WHEEL...

The first wheel is what the project needs, the others are its group dev.
"""
import hashlib
import os
import pathlib
import sys

lock, *wheels = map(pathlib.Path, sys.argv[1:])
names = [w.name.split("-")[0] for w in wheels]
out = 'version = 1\nrevision = 3\nrequires-python = ">=3.10"\n'
for name, wheel in zip(names, wheels):
    out += f'''
[[package]]
name = "{name}"
version = "{wheel.name.split("-")[1]}"
source = {{ registry = "{os.path.relpath(wheel.parent, lock.parent)}" }}
wheels = [
    {{ path = "{wheel.name}", hash = "sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}" }},
]
'''
out += f'''
[[package]]
name = "uv"
version = "0.1.0"
source = {{ virtual = "." }}
dependencies = [{{ name = "{names[0]}" }}]

[package.dev-dependencies]
dev = [{", ".join(f'{{ name = "{n}" }}' for n in names[1:])}]
'''
lock.write_text(out)
