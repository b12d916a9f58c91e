from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path

import pytest


def make_wheel(folder: Path, name: str, version: str) -> str:
    """Write a wheel of one module and return its SHA-256."""
    info = "%s-%s.dist-info" % (name, version)
    files = {
        "%s.py" % name: "VERSION = %r\n" % version,
        "%s/METADATA" % info: "Metadata-Version: 2.1\nName: %s\nVersion: %s\n" % (name, version),
        "%s/WHEEL" % info: "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += "%s,sha256=%s,%d\n" % (path, digest, len(text))
    files[info + "/RECORD"] = record + info + "/RECORD,,\n"
    wheel = folder / ("%s-%s-py3-none-any.whl" % (name, version))
    with zipfile.ZipFile(wheel, "w") as z:
        for entry, text in files.items():
            z.writestr(zipfile.ZipInfo(entry), text)
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


class Project:
    """A project with a lock file, whose wheels are in a folder beside it."""

    def __init__(self, root: Path) -> None:
        self.root = root / "web"
        self.wheels = root / "wheels"
        self.root.mkdir()
        self.wheels.mkdir()
        self.root.joinpath("pyproject.toml").write_text(
            '[project]\nname = "web"\nversion = "1"\n\n[tool.lamella]\nruntime = "python3.13"\nto = "out"\n'
        )
        self.lock(greet="1.0", polite="1.0")

    def lock(self, **versions: str) -> None:
        lines = [
            "%s==%s --hash=sha256:%s\n" % (name, version, make_wheel(self.wheels, name, version))
            for name, version in versions.items()
        ]
        self.root.joinpath("requirements.txt").write_text("".join(lines))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    p = Project(tmp_path)
    monkeypatch.chdir(p.root)
    monkeypatch.setenv("LAMELLA_FIND_LINKS", str(p.wheels))
    monkeypatch.setenv("LAMELLA_INDEX_URL", "http://127.0.0.1:9/simple/")
    monkeypatch.setenv("LAMELLA_CACHE_DIR", str(tmp_path / "cache"))
    return p
