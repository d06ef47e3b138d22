"""The first minute with boto3: `make` does everything, `look` finds it again. The folder is the working directory."""

import hashlib
import sys
import time

import boto3

s3, sqs, dynamodb = boto3.client("s3"), boto3.client("sqs"), boto3.resource("dynamodb")
logs = boto3.client("logs")
sns = boto3.client("sns")


def same(one, other):
    first, second = (hashlib.sha256(open(name, "rb").read()).hexdigest() for name in (one, other))
    assert first == second, f"{one} and {other} differ"


def make():
    s3.create_bucket(Bucket="photos")
    s3.upload_file("file", "photos", "file")
    s3.download_file("photos", "file", "back")
    same("file", "back")
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    for body in ("first", "second"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    message = sqs.receive_message(QueueUrl=url)["Messages"][0]
    assert message["Body"] in ("first", "second")
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    table = dynamodb.create_table(
        TableName="things",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table.wait_until_exists()
    table.put_item(Item={"id": "x", "n": 42})
    assert table.get_item(Key={"id": "x"})["Item"] == {"id": "x", "n": 42}
    logs.create_log_group(logGroupName="app")
    logs.create_log_stream(logGroupName="app", logStreamName="one")
    event = {"timestamp": int(time.time() * 1000), "message": "hello"}
    logs.put_log_events(logGroupName="app", logStreamName="one", logEvents=[event])
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+15550100")
    sns.publish(TopicArn=topic, Message="hello", MessageAttributes={"n": {"DataType": "Number", "StringValue": "1"}})


def look():
    s3.download_file("photos", "file", "again")
    same("file", "again")
    url = sqs.get_queue_url(QueueName="jobs")["QueueUrl"]
    assert len(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]) == 1
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName="app", filterPattern="hello")
    assert [event["message"] for page in pages for event in page["events"]] == ["hello"]
    assert dynamodb.Table("things").get_item(Key={"id": "x"})["Item"] == {"id": "x", "n": 42}
    (topic,) = sns.list_topics()["Topics"]
    assert len(sns.list_subscriptions_by_topic(TopicArn=topic["TopicArn"])["Subscriptions"]) == 1


{"make": make, "look": look}[sys.argv[1]]()
