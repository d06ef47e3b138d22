"""Firehose by boto3: records go in, the cloud is killed, and they come out as objects."""
import json
import sys
import time

import boto3

firehose, s3, iam = boto3.client("firehose"), boto3.client("s3"), boto3.client("iam")
TEXTS = [f'{{"n":{number},"pad":"{"x" * (30_000 if number % 7 == 0 else 10)}"}}\n' for number in range(50)]


def statement(**fields):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **fields}]})


def make():
    s3.create_bucket(Bucket="lake")
    trust = statement(Principal={"Service": "firehose.amazonaws.com"}, Action="sts:AssumeRole")
    role = iam.create_role(RoleName="hose", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName="hose", PolicyName="p", PolicyDocument=statement(Action="s3:*", Resource="*"))
    firehose.create_delivery_stream(
        DeliveryStreamName="clicks",
        ExtendedS3DestinationConfiguration={
            "RoleARN": role,
            "BucketARN": "arn:aws:s3:::lake",
            "Prefix": "clicks/",
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 5},
        },
    )
    status = firehose.describe_delivery_stream(DeliveryStreamName="clicks")["DeliveryStreamDescription"]
    assert status["DeliveryStreamStatus"] == "ACTIVE", status
    assert firehose.list_delivery_streams()["DeliveryStreamNames"] == ["clicks"]
    firehose.put_record(DeliveryStreamName="clicks", Record={"Data": TEXTS[0]})
    answer = firehose.put_record_batch(
        DeliveryStreamName="clicks", Records=[{"Data": text} for text in TEXTS[1:]]
    )
    assert answer["FailedPutCount"] == 0, answer


def look():
    found = []
    for _ in range(100):
        objects = s3.list_objects_v2(Bucket="lake", Prefix="clicks/").get("Contents", [])
        bodies = [s3.get_object(Bucket="lake", Key=one["Key"])["Body"].read().decode() for one in objects]
        found = [line + "\n" for body in bodies for line in body.splitlines()]
        if len(found) >= len(TEXTS):
            break
        time.sleep(0.2)
    assert sorted(found) == sorted(TEXTS), (len(found), len(TEXTS))


{"make": make, "look": look}[sys.argv[1]]()
