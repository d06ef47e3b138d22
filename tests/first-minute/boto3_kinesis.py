"""Kinesis by boto3: records go in, the cloud is killed, and they are read in their order, also by a consumer that subscribes."""
import sys

import boto3

kinesis = boto3.client("kinesis")
TEXTS = [f"{number}" + ("x" * 30_000 if number % 7 == 0 else "") for number in range(50)]


def make():
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName="clicks")
    kinesis.put_record(StreamName="clicks", Data=TEXTS[0], PartitionKey="k")
    answer = kinesis.put_records(
        StreamName="clicks", Records=[{"Data": text, "PartitionKey": "k"} for text in TEXTS[1:]]
    )
    assert answer["FailedRecordCount"] == 0, answer


def look():
    [shard] = kinesis.list_shards(StreamName="clicks")["Shards"]
    place = {"StreamName": "clicks", "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    iterator = kinesis.get_shard_iterator(**place)["ShardIterator"]
    page = kinesis.get_records(ShardIterator=iterator)
    assert [one["Data"].decode() for one in page["Records"]] == TEXTS
    assert page["MillisBehindLatest"] == 0 and page["NextShardIterator"]
    arn = kinesis.describe_stream_summary(StreamName="clicks")["StreamDescriptionSummary"]["StreamARN"]
    consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="reader")["Consumer"]
    stream = kinesis.subscribe_to_shard(
        ConsumerARN=consumer["ConsumerARN"], ShardId=shard["ShardId"], StartingPosition={"Type": "TRIM_HORIZON"}
    )["EventStream"]
    found = []
    for event in stream:
        found += [one["Data"].decode() for one in event["SubscribeToShardEvent"]["Records"]]
        if len(found) >= len(TEXTS):
            break
    stream.close()
    assert found == TEXTS, len(found)


{"make": make, "look": look}[sys.argv[1]]()
