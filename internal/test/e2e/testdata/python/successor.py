"""Run one step of aws-lbd-art-builder-core and -uv, for real, against moto at $AWS.

    successor.py deploy|upload|publish|latest PROJECT s3://BUCKET/PREFIX LAYER

PROJECT has a uv.lock. $UV is the uv that builds the layer.
"""
import os
import pathlib
import shutil
import sys
import zipfile

import boto3
from aws_lbd_art_builder_core.layer import workflow
from aws_lbd_art_builder_core.layer.api import LambdaLayerVersionPublisher, LayerDeploymentWorkflow
from aws_lbd_art_builder_uv.api import layer_api
from s3pathlib.api import S3Path

step, project, home, layer = sys.argv[1:]
pyproject = pathlib.Path(project).resolve() / "pyproject.toml"
manifest = pyproject.with_name("uv.lock")
# Not through $AWS_ENDPOINT_URL: see original.py.
s3, aws_lambda = (boto3.client(service, endpoint_url=os.environ["AWS"]) for service in ("s3", "lambda"))
home = S3Path(home).to_dir()
common = dict(path_manifest=manifest, s3dir_lambda=home, layer_name=layer, s3_client=s3, lambda_client=aws_lambda)


def zip_without_program(dir_python, path_layer_zip, **_):
    """What its step runs is the program zip, which this machine does not have."""
    with zipfile.ZipFile(path_layer_zip, "w", zipfile.ZIP_DEFLATED) as out:
        for path in sorted(dir_python.rglob("*")):
            if path.is_file():
                out.write(path, path.relative_to(dir_python.parent))


def whole():
    if not shutil.which("zip"):
        workflow.create_layer_zip_file = zip_without_program
    builder = layer_api.UvLambdaLayerLocalBuilder(
        path_pyproject_toml=pyproject, path_bin_uv=pathlib.Path(os.environ["UV"]), skip_prompt=True
    )
    return LayerDeploymentWorkflow(builder=builder, **common)


def deploy():
    print("published", whole().run().layer_version_arn)


def upload():
    steps = whole()
    steps.step_1_build()
    steps.step_2_package()
    steps.step_3_upload()


def publish():
    deployment = LambdaLayerVersionPublisher(path_pyproject_toml=pyproject, **common).run()
    print("published", deployment.layer_version_arn)


def latest():
    """What its publisher sees of a layer: the newest version, and its manifest."""
    publisher = LambdaLayerVersionPublisher(path_pyproject_toml=pyproject, **common)
    version = publisher.latest_layer_version
    print("latest", version.version, version.layer_version_arn)
    print("changed", publisher.has_dependency_manifest_changed())


{"deploy": deploy, "upload": upload, "publish": publish, "latest": latest}[step]()
