import sys
sys.path[:] = [p for p in sys.path if p]  # not the current folder
import json, platform
implementation = getattr(sys, "implementation", None)
cache_tag = getattr(implementation, "cache_tag", None)
flags = getattr(sys, "abiflags", "")
try:
    import _imp
    from importlib.util import MAGIC_NUMBER
    magic = "".join("%02x" % b for b in MAGIC_NUMBER)
    suffixes = _imp.extension_suffixes()
except ImportError:
    magic, suffixes = "", []
threads = "%d%dt" % sys.version_info[:2]
print("lamella " + json.dumps({
    "path": getattr(sys, "_base_executable", None) or sys.executable or "",
    "version": "%d.%d.%d" % sys.version_info[:3],
    "level": sys.version_info[3],
    "implementation": getattr(implementation, "name", "cpython"),
    "tag": cache_tag or "",
    "magic": magic,
    "machine": platform.machine(),
    "debug": hasattr(sys, "gettotalrefcount") or "d" in flags,
    "free_threaded": "t" in flags or "free-threading" in sys.version or any(threads in s for s in suffixes),
}))
