"""Make a Lambda function at moto's $AWS that uses layer versions.

    function.py NAME ARN...

The function is published with each ARN in turn, as its versions 1, 2, …; the last
ARN stays in $LATEST as well, without being published. "-" stands for no layer.
The alias "live" points to version 1, if there is one.
"""
import json
import os
import sys

import boto3

name, *arns = sys.argv[1:]
iam, aws_lambda = (boto3.client(service, endpoint_url=os.environ["AWS"]) for service in ("iam", "lambda"))
try:
    role = iam.create_role(RoleName="function", AssumeRolePolicyDocument=json.dumps({}))["Role"]["Arn"]
except iam.exceptions.EntityAlreadyExistsException:
    role = iam.get_role(RoleName="function")["Role"]["Arn"]
layers = [[arn] if arn != "-" else [] for arn in arns]
aws_lambda.create_function(
    FunctionName=name, Runtime="python3.13", Handler="app.handler", Role=role, Code={"ZipFile": b"PK"}, Layers=layers[0]
)
for i, having in enumerate(layers):
    if i > 0:
        aws_lambda.update_function_configuration(FunctionName=name, Layers=having)
    if i < len(layers) - 1:
        aws_lambda.publish_version(FunctionName=name)
if len(layers) > 1:
    aws_lambda.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
