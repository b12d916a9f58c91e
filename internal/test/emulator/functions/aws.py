import boto3
import pydantic
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.parser import parse

import surroundings

logger = Logger(service="lamella")
s3 = boto3.client("s3")


class Order(pydantic.BaseModel):
    number: pydantic.PositiveInt


def handler(event, context):
    order = parse(event=event, model=Order)
    logger.info("parsed", number=order.number)
    try:
        parse(event={"number": -1}, model=Order)
        refused = False
    except pydantic.ValidationError:
        refused = True
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": str(order.number)})
    return {
        "answer": [url.partition("?")[0], refused],
        **surroundings.describe(boto3, pydantic),
    }
