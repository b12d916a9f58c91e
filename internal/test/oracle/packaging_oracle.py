"""Answers questions with the packaging library; JSON in, JSON out."""

import json
import sys
import warnings

from packaging.markers import InvalidMarker, Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import InvalidVersion, Version

warnings.simplefilter("ignore")  # about escapes in quoted strings


def attempt(make, argument, *errors):
    try:
        return make(argument)
    except errors:
        return None


def versions(texts):
    parsed = [attempt(Version, text, InvalidVersion) for text in texts]
    ranks = {}
    last = None
    for version in sorted(v for v in parsed if v is not None):
        if version != last:
            ranks[version] = len(ranks)
        last = version
    return [v and {"Text": str(v), "Rank": ranks[v]} for v in parsed]


def specifiers(texts, candidates):
    answers = []
    for text in texts:
        spec = attempt(SpecifierSet, text, InvalidSpecifier)
        holds = spec is not None and "".join(
            "y" if spec.contains(candidate, prereleases=True) else "n"
            for candidate in candidates
        )
        answers.append(None if spec is None else {"Text": str(spec), "Holds": holds})
    return answers


def evaluate(marker, environment):
    try:
        return "y" if marker.evaluate(environment, context="requirement") else "n"
    except (KeyError, ValueError):
        return "e"


def markers(texts, environments):
    environments = [
        {k: frozenset(v) if isinstance(v, list) else v for k, v in e.items()}
        for e in environments
    ]
    answers = []
    for text in texts:
        marker = attempt(Marker, text, InvalidMarker)
        holds = marker and "".join(evaluate(marker, e) for e in environments)
        answers.append(marker and {"Text": str(marker), "Holds": holds})
    return answers


def requirement(text):
    parsed = attempt(Requirement, text, InvalidRequirement)
    return parsed and str(parsed)


def wheel(filename):
    parsed = attempt(parse_wheel_filename, filename, InvalidWheelFilename)
    if parsed is None:
        return None
    name, version, build, tags = parsed
    return {
        "Name": name,
        "Version": str(version),
        "Build": [str(part) for part in build],
        "Tags": sorted(map(str, tags)),
    }


q = json.load(sys.stdin)
json.dump(
    {
        "Versions": versions(q.get("versions", [])),
        "Specifiers": specifiers(q.get("specifiers", []), q.get("versions", [])),
        "Markers": markers(q.get("markers", []), q.get("environments", [])),
        "Requirements": [requirement(text) for text in q.get("requirements", [])],
        "Wheels": [wheel(name) for name in q.get("wheels", [])],
    },
    sys.stdout,
)
