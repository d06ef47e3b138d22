"""What ceph's S3 tests are given to stand on (a plugin of pytest, see s3-tests.ts): accounts, buckets as AWS made them
before April 2023, and days that are over when a test has slept through them."""

import configparser
import datetime
import hashlib
import json
import os
import time
import urllib.request

import boto3
import botocore.auth
import botocore.client
import botocore.compat
import pytest

URL = os.environ["SUITE_URL"]
SHARD, SHARDS = map(int, os.environ["SUITE_SHARD"].split("/"))
DAY = 86_400
NAME = "somebody"

# A section of the suite's configuration for each account.
ACCOUNTS = {
    "s3 main": "111111111111",
    "s3 alt": "222222222222",
    "s3 tenant": "333333333333",
    "iam": "444444444444",
    "iam root": "555555555555",
    "iam alt root": "666666666666",
}

# ceph's own, or closed by AWS to those who come now (signature version 2).
NOT_AWS = {"appendobject", "cloud_transition", "cloud_restore", "auth_aws2"}
# AWS fails them for one reason only: its days are no seconds. Here they are when the clock is advanced.
ONLY_SLOW = {"lifecycle_expiration", "lifecycle_transition"}


def root_of(account, service):
    return boto3.client(
        service,
        endpoint_url=URL,
        region_name="us-east-1",
        aws_access_key_id=account,
        aws_secret_access_key="suite",
    )


def section_of(name, account):
    iam = root_of(account, "iam")
    iam.create_user(UserName="tester")
    iam.attach_user_policy(UserName="tester", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    key = iam.create_access_key(UserName="tester")["AccessKey"]
    canonical = hashlib.sha256(f"canonical user {account}".encode()).hexdigest()
    return {
        "display_name": NAME,
        "user_id": canonical,
        "email": name.replace(" ", "") + "@example.com",
        "api_name": "us-west-2",
        "access_key": key["AccessKeyId"],
        "secret_key": key["SecretAccessKey"],
        "tenant": "tenant",
    }


def pytest_configure(config):
    host, port = URL.removeprefix("http://").split(":")
    suite = configparser.RawConfigParser()
    suite["DEFAULT"] = {"host": host, "port": port, "is_secure": "False", "ssl_verify": "False"}
    for name, account in ACCOUNTS.items():
        suite[name] = section_of(name, account)
    kms = root_of(ACCOUNTS["s3 main"], "kms")
    suite["s3 main"]["kms_keyid"] = kms.create_key()["KeyMetadata"]["Arn"]
    suite["s3 main"]["kms_keyid2"] = kms.create_key()["KeyMetadata"]["Arn"]
    suite["s3 main"]["lc_debug_interval"] = str(DAY)
    suite["s3 main"]["storage_classes"] = "GLACIER, DEEP_ARCHIVE"
    suite["fixtures"] = {"bucket prefix": f"suite-{SHARD}-{{random}}-"}
    with open(os.environ["S3TEST_CONF"], "w", encoding="utf8") as file:
        suite.write(file)


def is_for_aws(item):
    marks = {mark.name for mark in item.iter_markers()}
    if marks & NOT_AWS:
        return False
    # Those about encryption read what is in an archive, and have it come back out of it by a rule.
    return "fails_on_aws" not in marks or ("encryption" not in marks and bool(marks & ONLY_SLOW))


def pytest_collection_modifyitems(config, items):
    # Those who advance the clock come last: what others sign and compare is on the machine's time.
    asked = [item for item in items if is_for_aws(item)][SHARD::SHARDS]
    asked.sort(key=lambda item: any(mark.name in ONLY_SLOW for mark in item.iter_markers()))
    config.hook.pytest_deselected(items=[item for item in items if item not in asked])
    items[:] = asked


@pytest.fixture(autouse=True, scope="session")
def grants_in_any_order():
    """As its own description says; it sorts by display names, which groups do not have."""
    from s3tests.functional import test_s3

    check = test_s3.check_grants

    def check_sorted(got, want):
        assert len(got) == len(want)
        got = sorted(got, key=lambda one: (one["Permission"], one["Grantee"].get("URI") or one["Grantee"]["ID"]))
        want = sorted(want, key=lambda one: (one["Permission"], one["URI"] or one["ID"]))
        for pair in zip(got, want):
            check([pair[0]], [pair[1]])

    test_s3.check_grants = check_sorted


call = botocore.client.BaseClient._make_api_call
GRANTS = ("ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")


def call_as_before(client, operation, parameters):
    if operation == "CreateBucket":
        return create_bucket_as_before(client, parameters)
    if operation == "PutBucketLifecycleConfiguration":
        # Before September 2024 small objects went to the archives, too.
        parameters.setdefault("TransitionDefaultMinimumObjectSize", "varies_by_storage_class")
    return with_names(call(client, operation, parameters))


def with_names(answer):
    """Before November 2025 owners and grantees had display names."""
    if isinstance(answer, list):
        for one in answer:
            with_names(one)
    elif isinstance(answer, dict):
        for name, one in answer.items():
            if name in ("Owner", "Initiator", "Grantee") and "ID" in one:
                one["DisplayName"] = NAME
            with_names(one)
    return answer


def create_bucket_as_before(client, parameters):
    """Before April 2023 a new bucket had ACLs and no block of public access; SSE-C was not blocked before 2026."""
    acl = {name: parameters[name] for name in GRANTS if name in parameters}
    rest = {name: value for name, value in parameters.items() if name not in acl}
    # Where the test itself says whose objects are, its ACL is part of the question.
    asked = parameters if "ObjectOwnership" in parameters else {**rest, "ObjectOwnership": "ObjectWriter"}
    answer = call(client, "CreateBucket", asked)
    bucket = parameters["Bucket"]
    client.delete_public_access_block(Bucket=bucket)
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
        "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]},
    }
    client.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    if acl and asked is not parameters:
        client.put_bucket_acl(Bucket=bucket, **acl)
    return answer


botocore.client.BaseClient._make_api_call = call_as_before

slept = 0
sleep = time.sleep
now = botocore.compat.get_current_datetime


def sleep_through(seconds):
    """Days pass on the cloud's clock; the signer's goes along."""
    global slept
    if seconds < DAY:
        return sleep(seconds)
    body = json.dumps({"action": "advance", "millis": int(seconds * 1000)}).encode()
    urllib.request.urlopen(urllib.request.Request(f"{URL}/_cloudyard/v1/clock", data=body)).read()
    slept += seconds


time.sleep = sleep_through
botocore.auth.get_current_datetime = lambda *args, **kwargs: now(*args, **kwargs) + datetime.timedelta(seconds=slept)
