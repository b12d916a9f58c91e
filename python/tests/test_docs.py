"""The examples of docs/python.md, run in their order in one project."""

from __future__ import annotations

import contextlib
import io
import os
import re
from pathlib import Path
from typing import Any, Dict

import pytest

from conftest import Project

PAGE = Path(__file__).parents[2] / "docs" / "python.md"
BLOCK = re.compile(r"(?ms)^```python\n(.*?)^```$")


@pytest.mark.skipif("AWS_ENDPOINT_URL" not in os.environ, reason="needs the stand-in for AWS of tools/pyapi's tests")
def test_examples(project: Project) -> None:
    text = project.root.joinpath("pyproject.toml").read_text()
    project.root.joinpath("pyproject.toml").write_text(text.replace('to = "out"\n', ""))
    project.root.joinpath("folder", "python").mkdir(parents=True)
    project.root.joinpath("folder", "python", "own.py").write_text("")
    page = PAGE.read_text(encoding="utf-8")
    names: Dict[str, Any] = {}
    for match in BLOCK.finditer(page):
        code = match[1]
        if "lamella.init()" in code:
            project.root.joinpath("pyproject.toml").write_text(text.partition("[tool.lamella]")[0])
        printed = io.StringIO()
        line = page[: match.start()].count("\n") + 1
        with contextlib.redirect_stdout(printed):
            exec(compile("\n" * line + code, str(PAGE), "exec"), names)
        if "lamella.init()" in code:
            project.root.joinpath("pyproject.toml").write_text(text)
        expected = re.findall(r"(?m)^ *print\(.*\)(?:  # (.*))?$", code)
        if "def " in code:
            continue  # called as often as there are events
        said = printed.getvalue().splitlines()
        assert len(said) == len(expected), (line, said)
        for got, want in zip(said, expected):
            assert want in ("", got), line
