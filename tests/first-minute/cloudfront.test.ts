/** The first minute with a distribution: as the AWS CLI makes one before a bucket, and as boto3 does. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { startTestCloud } from '../support/cloud.ts';
import { visit } from '../support/traffic.ts';
import { clientEnvironment, outputOf } from './minute.ts';

const run = promisify(execFile);
const hasCli = outputOf('aws', '--version')?.startsWith('aws-cli/') === true;
const hasBoto3 = outputOf('python3', '-c', 'import boto3; print(boto3.__version__)') !== undefined;

const POLICY = (arn: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `${arn}/*` }],
  });

test('the AWS CLI makes a distribution before a bucket', { skip: !hasCli && 'needs the AWS CLI' }, async () => {
  await using cloud = await startTestCloud({ clock: 'real' });
  const env = clientEnvironment(cloud.url) as NodeJS.ProcessEnv;
  const aws = async (...words: string[]) => {
    const { stdout } = await run('aws', ['--endpoint-url', cloud.url, ...words], { env });
    return stdout.startsWith('{') ? JSON.parse(stdout) : stdout;
  };
  await aws('s3api', 'create-bucket', '--bucket', 'site');
  await aws(
    's3api',
    'put-public-access-block',
    '--bucket',
    'site',
    '--public-access-block-configuration',
    'BlockPublicPolicy=false',
  );
  await aws('s3api', 'put-bucket-policy', '--bucket', 'site', '--policy', POLICY('arn:aws:s3:::site'));
  await aws('s3api', 'put-object', '--bucket', 'site', '--key', 'index.html', '--body', import.meta.filename);
  const { Distribution } = await aws(
    'cloudfront',
    'create-distribution',
    '--origin-domain-name',
    'site.s3.amazonaws.com',
    '--default-root-object',
    'index.html',
  );
  await aws('cloudfront', 'wait', 'distribution-deployed', '--id', Distribution.Id);
  const ask = () => visit(cloud.url, { headers: { host: Distribution.DomainName } });
  assert.match((await ask()).text, /first minute with a distribution/);
  assert.equal((await ask()).headers['x-cache'], 'Hit from cloudfront');
  const { Invalidation } = await aws(
    'cloudfront',
    'create-invalidation',
    '--distribution-id',
    Distribution.Id,
    '--paths',
    '/*',
  );
  assert.deepEqual(Invalidation.InvalidationBatch.Paths, { Quantity: 1, Items: ['/*'] });
  assert.equal((await ask()).headers['x-cache'], 'Miss from cloudfront');
});

const BOTO3 = `
import boto3, os, time
cloudfront = boto3.client('cloudfront', endpoint_url=os.environ['AWS_ENDPOINT_URL'])
origin = {'Id': 'o', 'DomainName': 'site.s3.amazonaws.com', 'S3OriginConfig': {'OriginAccessIdentity': ''}}
made = cloudfront.create_distribution(DistributionConfig={
    'CallerReference': '1', 'Comment': '', 'Enabled': True, 'Origins': {'Quantity': 1, 'Items': [origin]},
    'DefaultCacheBehavior': {'TargetOriginId': 'o', 'ViewerProtocolPolicy': 'allow-all', 'MinTTL': 0,
        'ForwardedValues': {'QueryString': False, 'Cookies': {'Forward': 'none'}}}})
id = made['Distribution']['Id']
cloudfront.get_waiter('distribution_deployed').wait(Id=id)
config = cloudfront.get_distribution_config(Id=id)
config['DistributionConfig']['Enabled'] = False
etag = cloudfront.update_distribution(Id=id, IfMatch=config['ETag'], DistributionConfig=config['DistributionConfig'])['ETag']
cloudfront.delete_distribution(Id=id, IfMatch=etag)
print(cloudfront.list_distributions()['DistributionList']['Quantity'])
`;

test('boto3 makes a distribution, changes it and takes it away', { skip: !hasBoto3 && 'needs boto3' }, async () => {
  await using cloud = await startTestCloud({ clock: 'real' });
  const env = clientEnvironment(cloud.url) as NodeJS.ProcessEnv;
  const { stdout } = await run('python3', ['-c', BOTO3], { env });
  assert.equal(stdout.trim(), '0');
});
