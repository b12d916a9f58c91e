import sys
sys.path[:] = [p for p in sys.path if p]  # not the current folder
import marshal
from importlib.util import MAGIC_NUMBER, source_hash

requests, replies = sys.stdin.buffer, sys.stdout.buffer
sys.stdout = sys.stderr


def compiled(path, source):
    try:
        code = compile(source, path, "exec", dont_inherit=True, optimize=0)
        return b"\0", source_hash(source) + marshal.dumps(code)
    except SyntaxError as e:
        reason = "%s (line %s)" % (e.msg, e.lineno) if e.lineno else str(e.msg)
    except Exception as e:
        reason = "%s: %s" % (type(e).__name__, e) if str(e) else type(e).__name__
    return b"\1", reason[:1000].encode("utf-8", "replace")


def number():
    return int.from_bytes(requests.read(4), "big")


replies.write(b"lamella 1 %d.%d.%d %s\n" % (sys.version_info[:3] + (MAGIC_NUMBER.hex().encode(),)))
replies.flush()
while True:
    head = requests.read(4)
    if len(head) < 4:
        break
    path = requests.read(int.from_bytes(head, "big")).decode("utf-8", "surrogateescape")
    status, body = compiled(path, requests.read(number()))
    replies.write(status + len(body).to_bytes(4, "big") + body)
    replies.flush()
