"""A call of each of boto3's clients, as the environment says: prints, in JSON, how each ended."""

import json
import sys

import boto3
from botocore.exceptions import ClientError

ACCOUNT = {"AccountId": "123456789012"}
CALLS = {
    "acm": ("list_certificates", {}),
    "apigateway": ("get_rest_apis", {}),
    "apigatewaymanagementapi": ("get_connection", {"ConnectionId": "a b="}),
    "apigatewayv2": ("get_apis", {}),
    "cloudformation": ("list_stacks", {}),
    "cloudfront": ("list_distributions", {}),
    "cloudtrail": ("describe_trails", {}),
    "cloudwatch": ("list_metrics", {}),
    "logs": ("describe_log_groups", {}),
    "dynamodb": ("list_tables", {}),
    "dynamodbstreams": ("list_streams", {}),
    "ecr": ("describe_repositories", {}),
    "events": ("list_rules", {}),
    "firehose": ("list_delivery_streams", {}),
    "fis": ("list_experiments", {}),
    "iam": ("list_users", {}),
    "kinesis": ("list_streams", {}),
    "kms": ("list_keys", {}),
    "lambda": ("get_function", {"FunctionName": "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST"}),
    "resourcegroupstaggingapi": ("get_resources", {}),
    "s3": ("put_object", {"Bucket": sys.argv[1], "Key": "a b/ü+(1)*%2F~.txt", "Body": b"x", "Metadata": {"a": "b  c"}}),
    "secretsmanager": ("list_secrets", {}),
    "sns": ("list_topics", {}),
    "sqs": ("list_queues", {}),
    "ssm": ("describe_parameters", {}),
    "sts": ("get_caller_identity", {}),
}

ended = {}
for service, (operation, given) in CALLS.items():
    try:
        getattr(boto3.client(service), operation)(**given)
        ended[service] = "well"
    except ClientError as error:
        ended[service] = error.response["Error"]["Code"]
print(json.dumps(ended))
