"""Change $BUCKET at moto's $AWS by hand.

    s3.py rm PREFIX       remove all objects below it
    s3.py put KEY FILE    write an object
    s3.py versioned       keep old versions of objects from now on
"""
import os
import sys

import boto3

step, *rest = sys.argv[1:]
s3, bucket = boto3.client("s3", endpoint_url=os.environ["AWS"]), os.environ["BUCKET"]
if step == "rm":
    for item in s3.list_objects_v2(Bucket=bucket, Prefix=rest[0])["Contents"]:
        s3.delete_object(Bucket=bucket, Key=item["Key"])
elif step == "put":
    s3.put_object(Bucket=bucket, Key=rest[0], Body=open(rest[1], "rb").read())
elif step == "versioned":
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
