"""Run one step of aws-lambda-artifact-builder, for real, against moto at $AWS.

    original.py build|package|upload|publish|latest PROJECT s3://BUCKET/PREFIX LAYER

PROJECT has a requirements.txt; its wheels are found as pip is set up.
"""
import os
import pathlib
import shutil
import sys
import zipfile

import boto3
import simple_aws_lambda.api as simple_aws_lambda
from aws_lambda_artifact_builder.api import (
    LambdaLayerVersionPublisher,
    LambdaLayerZipper,
    LayerBuildToolEnum,
    PipBasedLambdaLayerLocalBuilder,
    upload_layer_zip_to_s3,
)
from s3pathlib import S3Path

step, project, home, layer = sys.argv[1:]
pyproject = pathlib.Path(project).resolve() / "pyproject.toml"
# Not through $AWS_ENDPOINT_URL, the counting proxy: it changes the case of the
# headers that object metadata travels in, and boto3 keeps the case.
s3, aws_lambda = (boto3.client(service, endpoint_url=os.environ["AWS"]) for service in ("s3", "lambda"))
home = S3Path(home).to_dir()
tool = LayerBuildToolEnum.pip


def build():
    pip = pathlib.Path(sys.executable).parent / "pip"
    PipBasedLambdaLayerLocalBuilder(path_pyproject_toml=pyproject, path_bin_pip=pip, skip_prompt=True).run()


def package():
    zipper = LambdaLayerZipper(path_pyproject_toml=pyproject, layer_build_tool=tool, verbose=False)
    if shutil.which("zip"):
        zipper.run()
        return
    # What its step runs is the program zip, which this machine does not have.
    with zipfile.ZipFile(zipper.path_layout.path_build_lambda_layer_zip, "w", zipfile.ZIP_DEFLATED) as out:
        folder = zipper.path_layout.dir_python
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                out.write(path, path.relative_to(folder.parent))


def upload():
    upload_layer_zip_to_s3(s3_client=s3, path_pyproject_toml=pyproject, s3dir_lambda=home, layer_build_tool=tool)


def publish():
    deployment = LambdaLayerVersionPublisher(
        layer_name=layer, path_pyproject_toml=pyproject, s3dir_lambda=home, layer_build_tool=tool,
        s3_client=s3, lambda_client=aws_lambda,
    ).run()
    print("published", deployment.layer_version_arn)


def latest():
    """What its own libraries see of a layer: the newest version, and its manifest."""
    version = simple_aws_lambda.get_latest_layer_version(lambda_client=aws_lambda, layer_name=layer)
    print("latest", version.version, version.layer_version_arn)
    manifest = home.joinpath("layer", str(version.version).zfill(6), "requirements.txt")
    print(manifest.read_text(bsm=s3), end="")


{"build": build, "package": package, "upload": upload, "publish": publish, "latest": latest}[step]()
