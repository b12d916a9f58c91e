"""Write the code blocks of a guide that begin with "# PATH", or follow "<!-- PATH -->", as
files below a folder.

    blocks.py GUIDE.md FOLDER [OLD=NEW]...

What a reader has to replace, such as the name of a bucket, is replaced as told.
"""
import pathlib
import re
import sys

guide, folder, *changes = sys.argv[1:]
text = pathlib.Path(guide).read_text(encoding="utf-8")
found = re.findall(r"^```[a-z]+\n# ([\w./-]+\.[a-z]+|[\w./-]*Makefile)\n(.*?)^```$", text, re.S | re.M)
found += re.findall(r"^<!-- ([\w./-]+) -->\n```[a-z]+\n(.*?)^```$", text, re.S | re.M)
assert found, guide
for name, content in found:
    for change in changes:
        old, new = change.split("=", 1)
        content = content.replace(old, new)
    path = pathlib.Path(folder, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8", newline="\n")
