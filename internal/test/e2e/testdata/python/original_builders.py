"""Run a local builder of aws-lambda-artifact-builder for real.

    original_builders.py pip|poetry|uv PROGRAM PROJECT

PROJECT has a pyproject.toml beside its lock file. Prints the folder
whose content is what the builder puts below python/.
"""
import pathlib
import sys

from aws_lambda_artifact_builder.api import (
    PipBasedLambdaLayerLocalBuilder,
    PoetryBasedLambdaLayerLocalBuilder,
    UVBasedLambdaLayerLocalBuilder,
)

tool, program, project = sys.argv[1:]
pyproject = pathlib.Path(project).resolve() / "pyproject.toml"
program = pathlib.Path(program)
if tool == "pip":
    builder = PipBasedLambdaLayerLocalBuilder(path_pyproject_toml=pyproject, path_bin_pip=program, skip_prompt=True)
elif tool == "poetry":
    builder = PoetryBasedLambdaLayerLocalBuilder(path_pyproject_toml=pyproject, path_bin_poetry=program, skip_prompt=True)
else:
    builder = UVBasedLambdaLayerLocalBuilder(path_pyproject_toml=pyproject, path_bin_uv=program, skip_prompt=True)
builder.run()
layout = builder.path_layout
if tool == "pip":
    print(layout.dir_python)
else:
    print(next(layout.dir_repo.glob(".venv/lib/python*/site-packages")))
