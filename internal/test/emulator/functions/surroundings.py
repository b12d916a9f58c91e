"""What a function sees of the place that it runs in."""
import errno
import sys


def describe(*modules):
    """Returns where modules come from, and what the layer's folder says to a write."""
    try:
        open("/opt/python/written", "w").close()
        write = "written"
    except OSError as error:
        write = errno.errorcode[error.errno]
    return {
        "python": "python%d.%d" % sys.version_info[:2],
        "files": [module.__file__ for module in modules],
        "compiled": [module.__spec__.loader.get_code(module.__name__).co_filename for module in modules],
        "write": write,
    }
