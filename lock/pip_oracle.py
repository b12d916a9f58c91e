"""Reads requirements files as pip does: a folder and files in, what pip understands out, in JSON."""

import json
import logging
import os
import sys
import urllib.parse

from pip._internal.models.format_control import FormatControl
from pip._internal.models.release_control import ReleaseControl
from pip._internal.models.search_scope import SearchScope
from pip._internal.network.session import PipSession
from pip._internal.req.constructors import install_req_from_parsed_requirement
from pip._internal.req.req_file import parse_requirements
from pip._internal.req.req_install import check_invalid_constraint_type
from pip._internal.utils.urls import path_to_url
from pip._vendor.packaging.utils import canonicalize_name

logging.disable()


def describe(parsed):
    ireq = install_req_from_parsed_requirement(parsed)
    if parsed.constraint and (problem := check_invalid_constraint_type(ireq)):
        raise ValueError(problem)
    link = ireq.link
    url = link.url.split("#")[0] if link else ""
    if link and link.scheme in ("", "file"):
        url = path_to_url(os.path.abspath(urllib.parse.unquote(link.path)))
    hashes = [f"{name}:{value}" for name, values in ireq.hash_options.items() for value in values]
    if link and link.hash and not hashes:
        hashes = [f"{link.hash_name}:{link.hash}"]
    if link and (link.is_vcs or link.is_existing_dir()):
        hashes = []  # pip refuses to install it with any
    file, line = parsed.line_source.removeprefix("line ").split(" of ", 1)[::-1]
    return {
        "at": f"{os.path.relpath(file)}:{line}",
        "constraint": parsed.constraint,
        "name": canonicalize_name(ireq.req.name) if ireq.req else "",
        "specifiers": "" if link or not ireq.req else str(ireq.req.specifier),
        "url": url,
        "editable": ireq.editable,
        "extras": sorted({canonicalize_name(extra) for extra in ireq.extras}),
        "marker": str(ireq.markers or ""),
        "hashes": sorted(set(hashes)),
    }


class Finder:
    """What the parser sets of pip's finder."""

    def __init__(self):
        self.search_scope = SearchScope([], ["default"], False)
        self.format_control = FormatControl()
        self.release_control = ReleaseControl()

    find_links = property(lambda self: self.search_scope.find_links)
    index_urls = property(lambda self: self.search_scope.index_urls)

    def set_release_control(self, _):
        pass

    def set_prefer_binary(self):
        pass


def read(path):
    finder = Finder()
    try:
        found = [describe(p) for p in parse_requirements(path, PipSession(), finder)]
    except Exception as e:
        return {"error": f"{type(e).__name__}: {e}"}
    scope = finder.search_scope
    return {
        "requirements": found,
        "indexes": scope.index_urls,
        "noIndex": scope.no_index,
        "findLinks": [link if ":" in link else os.path.abspath(link) for link in scope.find_links],
        "noBinary": sorted({
            r["name"] for r in found
            if r["name"] and not r["constraint"] and "binary" not in finder.format_control.get_allowed_formats(r["name"])
        }),
    }


question = json.load(sys.stdin)
os.chdir(question["folder"])
json.dump([read(path) for path in question["files"]], sys.stdout)
