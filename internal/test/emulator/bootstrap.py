"""Start a function in the order in which Lambda's Python runtimes do.

    bootstrap.py CLIENT

The client and what it imports are loaded first; then the function's folder and the
layer's two folders go to the front of the path, and the runtime's packages, which
are the client's here, behind them.
"""
import json, logging, os, site, sys, time, traceback, warnings  # noqa: E401, F401

client = sys.argv[1]
sys.path.insert(1, client)
import awslambdaric.bootstrap  # noqa: E402
from awslambdaric.lambda_runtime_client import LambdaRuntimeClient  # noqa: E402

layer = "/opt/python"
packages = f"{layer}/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
sys.path[:2] = ["/var/task", packages, layer, client]
for folder in ("/var/task", packages, layer):
    site.addsitedir(folder)

awslambdaric.bootstrap.run(os.environ["_HANDLER"], LambdaRuntimeClient(os.environ["AWS_LAMBDA_RUNTIME_API"], False))
