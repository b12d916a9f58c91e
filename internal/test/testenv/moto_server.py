"""Serve S3 and Lambda from memory on a free loopback port.

Prints the port, and ends when standard input does: so it never outlives the
test that started it, however that one ends.
"""
import logging
import os
import sys
import threading

from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

moto = DomainDispatcherApplication(create_backend_app)
conditional = threading.Lock()


def serve(environ, start_response):
    """One conditional write at a time.

    moto looks whether the condition holds, then writes, with nothing between
    its threads; S3 does both in one step.
    """
    if environ["REQUEST_METHOD"] in ("PUT", "POST") and ("HTTP_IF_MATCH" in environ or "HTTP_IF_NONE_MATCH" in environ):
        with conditional:
            return moto(environ, start_response)
    return moto(environ, start_response)


logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = make_server(
    "127.0.0.1", 0, serve, threaded=True,
    request_handler=MotoRequestHandler,  # keeps headers with "_", as in x-amz-meta-manifest_md5
)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
os._exit(0)
