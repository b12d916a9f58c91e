"""A build backend (PEP 517) that needs nothing but Python: what is to be built
stands in project.json beside it. With a native.c there, it is compiled."""

import base64, hashlib, json, os, platform, subprocess, sys, zipfile


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    with open("project.json") as f:
        project = json.load(f)
    exec(project["before"])
    files = {path: content.encode() for path, content in project["files"].items()}
    tag = "py3-none-any"
    if os.path.exists("native.c"):
        name = "_%s.so" % project["name"]
        subprocess.check_call(["cc", "-shared", "-fPIC", "-o", name, "native.c"])
        with open(name, "rb") as f:
            files[name] = f.read()
        python = "cp%d%d" % sys.version_info[:2]
        tag = "%s-%s-linux_%s" % (python, python, platform.machine())
    tag = project["tag"] or tag
    stem = "%s-%s" % (project["name"], project["version"])
    info = stem + ".dist-info/"
    files[info + "METADATA"] = ("Metadata-Version: 2.1\nName: %s\nVersion: %s\n" % (project["name"], project["version"])).encode()
    files[info + "WHEEL"] = ("Wheel-Version: 1.0\nGenerator: testsource\nRoot-Is-Purelib: true\nTag: %s\n" % tag).encode()
    record = ""
    for path, content in files.items():
        sum = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        record += "%s,sha256=%s,%d\n" % (path, sum, len(content))
    files[info + "RECORD"] = (record + info + "RECORD,,\n").encode()
    wheel = "%s-%s.whl" % (project["wheel"] or stem, tag)
    with zipfile.ZipFile(os.path.join(wheel_directory, wheel), "w", zipfile.ZIP_DEFLATED) as z:
        for path, content in files.items():
            z.writestr(path, content)
    return wheel
