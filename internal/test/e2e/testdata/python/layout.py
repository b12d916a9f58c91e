"""Compare what lies in a layer's home with docs/s3-layout.md, by boto3 alone.

    layout.py BUCKET PREFIX LAYER DOCUMENT

Every object has to be in a documented place, with the documented content type and
metadata, and every version of the layer has to have its manifest and its record.
Prints a line for each object.
"""
import base64
import hashlib
import json
import os
import re
import sys

import boto3

bucket, prefix, layer, document = sys.argv[1:]
s3, aws_lambda = (boto3.client(service, endpoint_url=os.environ["AWS"]) for service in ("s3", "lambda"))
documented = open(document, encoding="utf-8").read()
wrong = []


def check(condition, *what):
    if not condition:
        wrong.append(" ".join(map(str, what)))


def zip_of(key, data, head):
    sha256 = re.fullmatch(r"layer/zip/([0-9a-f]{64})\.zip", key)[1]
    check(hashlib.sha256(data).hexdigest() == sha256, key, "is not the SHA-256 of the zip")
    check(head["ContentType"] == "application/zip", key, head["ContentType"])
    check(set(head["Metadata"]) == {"manifest_md5", "inputs", "sha256"}, key, head["Metadata"])
    check(head["Metadata"].get("sha256") == sha256, key, head["Metadata"])
    check(re.fullmatch(r"[0-9a-f]{32}", head["Metadata"].get("manifest_md5", "")), key, head["Metadata"])
    check(head["Metadata"].get("inputs", "").startswith("sha256:"), key, head["Metadata"])


def record_of(key, data, head):
    version = int(key.split("/")[1])
    record = json.loads(data)
    check(head["ContentType"] == "application/json", key, head["ContentType"])
    check(head["Metadata"] == {}, key, head["Metadata"])
    check(record["schema"] == 1 and record["layer"] == layer and record["version"] == version, key, record)
    for field in record:
        check(f'"{field}":' in documented or f"`{field}`" in documented, key, "has the field", field, "which is not documented")
    if version not in versions:
        wrong.append(f"{key} is of no version")
        return
    there = versions[version]
    check(record["arn"] == there["LayerVersionArn"], key, record["arn"])
    content = base64.b64decode(there["Content"]["CodeSha256"]).hex()
    check(record["zip"]["sha256"] == content, key, "has another zip than Lambda:", record["zip"], content)
    check(record["zip"]["size"] == there["Content"]["CodeSize"], key, record["zip"], there["Content"])
    manifest = get(f"layer/{version:06d}/{record['manifest']['name']}")[0]
    check(hashlib.md5(manifest).hexdigest() == record["manifest"]["md5"], key, "has another MD5 than its manifest")
    check(hashlib.sha256(manifest).hexdigest() == record["manifest"]["sha256"], key, "has another SHA-256 than its manifest")
    recorded.add(version)


def manifest_of(key, data, head):
    check(head["ContentType"] == "text/plain", key, head["ContentType"])
    check(head["Metadata"] == {}, key, head["Metadata"])
    check(head["ETag"].strip('"') == hashlib.md5(data).hexdigest(), key, "has an ETag that is not its MD5")


def lease_of(key, data, head):
    check(head["ContentType"] == "application/json", key, head["ContentType"])
    check(json.loads(data)["held"] is False, key, "is held")


def get(key):
    answer = s3.get_object(Bucket=bucket, Key=f"{prefix}/{key}")
    return answer["Body"].read(), answer


places = [
    (r"layer/zip/[0-9a-f]{64}\.zip", zip_of),
    (r"layer/[0-9]{6}/lamella\.json", record_of),
    (r"layer/[0-9]{6}/[^/]+", manifest_of),
    (r"layer/lease", lease_of),
]
listed = aws_lambda.list_layer_versions(LayerName=layer)["LayerVersions"]
versions = {v["Version"]: aws_lambda.get_layer_version(LayerName=layer, VersionNumber=v["Version"]) for v in listed}
recorded = set()
for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix + "/"):
    for item in page.get("Contents", []):
        key = item["Key"][len(prefix) + 1 :]
        place = next((of for pattern, of in places if re.fullmatch(pattern, key)), None)
        if place is None:
            wrong.append(f"{key} is in no documented place")
            continue
        place(key, *get(key))
        print(key)
check(recorded == set(versions), "versions", sorted(versions), "records", sorted(recorded))
sys.exit("\n".join(wrong) or 0)
