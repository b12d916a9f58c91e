"""Selects from pylock.toml files with the packaging library; JSON in, JSON out."""

import json
import sys
import tomllib

from packaging.pylock import Pylock, PylockSelectError, PylockValidationError
from packaging.tags import Tag

question = json.load(sys.stdin)
targets = [
    (t["environment"], [Tag(*tag.split("-")) for tag in t["tags"]]) for t in question["targets"]
]


def describe(package, source):
    """The name, and the hash of a wheel; what has to be built has none."""
    filename = getattr(source, "filename", "")
    if not filename and getattr(source, "hashes", None):
        filename = (source.path or source.url).rsplit("/", 1)[-1]
    if not filename.endswith(".whl"):
        return f"{package.name} build"
    return f"{package.name} {next(iter(source.hashes.values()))}"


answers = []
for text in question["locks"]:
    try:
        lock = Pylock.from_dict(tomllib.loads(text))
    except PylockValidationError as e:  # a package without any file
        answers.append([{"invalid": str(e)}] * len(targets))
        continue
    rows = []
    for environment, tags in targets:
        try:
            chosen = lock.select(environment=environment, tags=tags)
            rows.append({"files": sorted(describe(*one) for one in chosen)})
        except PylockSelectError as e:
            rows.append({"error": str(e)})
    answers.append(rows)
json.dump(answers, sys.stdout)
