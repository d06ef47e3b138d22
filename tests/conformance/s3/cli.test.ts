import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { noAwsCli, noBoto3 } from '../../support/clients.ts';
import { startTestCloud } from '../../support/cloud.ts';
import { bytesOf } from './setup.ts';

const run = promisify(execFile);

const environment = (url: string) => ({
  ...process.env,
  AWS_ENDPOINT_URL: url,
  AWS_ACCESS_KEY_ID: '123456789012',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
});

test('aws s3: mb, cp of a small and of a 20 MB file, ls, sync, rb --force', {
  skip: noAwsCli,
}, async () => {
  await using cloud = await startTestCloud();
  const folder = await mkdtemp(join(tmpdir(), 'cloudyard-s3-'));
  try {
    const aws = async (...args: string[]) => (await run('aws', args, { env: environment(cloud.url) })).stdout;
    const large = bytesOf(20_000_000);
    await writeFile(join(folder, 'small.txt'), 'hello\n');
    await writeFile(join(folder, 'large.bin'), large);
    assert.match(await aws('s3', 'mb', 's3://from-cli'), /make_bucket: from-cli/);
    await aws('s3', 'cp', join(folder, 'small.txt'), 's3://from-cli/docs/small.txt');
    await aws('s3', 'cp', join(folder, 'large.bin'), 's3://from-cli/large.bin', '--no-progress');
    assert.match(await aws('s3', 'ls', 's3://from-cli'), /PRE docs\/\n.* 20000000 large.bin\n/);
    assert.equal(await aws('s3', 'cp', 's3://from-cli/docs/small.txt', '-'), 'hello\n');
    await aws('s3', 'cp', 's3://from-cli/large.bin', join(folder, 'back.bin'), '--no-progress');
    assert.ok((await readFile(join(folder, 'back.bin'))).equals(large));
    await aws('s3', 'cp', 's3://from-cli/large.bin', 's3://from-cli/copy.bin', '--no-progress');
    await aws('s3', 'rb', 's3://from-cli', '--force');
    assert.equal(await aws('s3', 'ls'), '');
  } finally {
    await rm(folder, { recursive: true });
  }
});

const SCRIPT = `
import boto3, io
from botocore.exceptions import ClientError
s3 = boto3.client('s3')
s3.create_bucket(Bucket='from-boto')
data = bytes(range(256)) * 40000
s3.upload_fileobj(io.BytesIO(data), 'from-boto', 'a/b c')
out = io.BytesIO(); s3.download_fileobj('from-boto', 'a/b c', out)
assert out.getvalue() == data
assert [o['Key'] for p in s3.get_paginator('list_objects_v2').paginate(Bucket='from-boto') for o in p['Contents']] == ['a/b c']
try: s3.get_object(Bucket='from-boto', Key='none')
except ClientError as e: print(e.response['Error']['Code'], e.response['ResponseMetadata']['HTTPStatusCode'])
boto3.client('s3', region_name='eu-west-1').create_bucket(Bucket='far-boto', CreateBucketConfiguration={'LocationConstraint': 'eu-west-1'})
print(s3.get_bucket_location(Bucket='from-boto')['LocationConstraint'])
iam = boto3.client('iam'); iam.create_user(UserName='ann')
iam.put_user_policy(UserName='ann', PolicyName='p', PolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}')
key = iam.create_access_key(UserName='ann')['AccessKey']
from botocore.config import Config
from urllib.request import urlopen
for version in (None, 's3v4'):
    ann = boto3.client('s3', aws_access_key_id=key['AccessKeyId'], aws_secret_access_key=key['SecretAccessKey'], config=Config(signature_version=version))
    link = ann.generate_presigned_url('get_object', Params={'Bucket': 'from-boto', 'Key': 'a/b c'})
    assert urlopen(link).read() == data
    print('AWSAccessKeyId' in link)
old = boto3.client('s3', aws_access_key_id=key['AccessKeyId'], aws_secret_access_key=key['SecretAccessKey'], config=Config(signature_version='s3'))
old.create_bucket(Bucket='of-old'); old.put_object(Bucket='of-old', Key='a b', Body=b'x')
print(len(old.get_bucket_acl(Bucket='of-old')['Grants']), [o['Key'] for o in old.list_objects_v2(Bucket='of-old')['Contents']])
`;

test('boto3: transfers, paginators, errors', { skip: noBoto3 }, async () => {
  await using cloud = await startTestCloud();
  const { stdout } = await run('python3', ['-c', SCRIPT], { env: environment(cloud.url) });
  assert.equal(stdout, "NoSuchKey 404\nNone\nTrue\nFalse\n1 ['a b']\n");
});
