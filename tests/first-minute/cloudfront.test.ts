/** The first minute with a distribution: as the AWS CLI makes one before a bucket, and as boto3 does; and tenants of one. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import {
  CreateBucketCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { noAwsCli, noBoto3 } from '../support/clients.ts';
import { startTestCloud } from '../support/cloud.ts';
import { visit } from '../support/traffic.ts';
import { clientEnvironment } from './minute.ts';

const run = promisify(execFile);

const POLICY = (arn: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `${arn}/*` }],
  });

test('the AWS CLI makes a distribution before a bucket', { skip: noAwsCli }, async () => {
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

test('boto3 makes a distribution, changes it and takes it away', { skip: noBoto3 }, async () => {
  await using cloud = await startTestCloud({ clock: 'real' });
  const env = clientEnvironment(cloud.url) as NodeJS.ProcessEnv;
  const { stdout } = await run('python3', ['-c', BOTO3], { env });
  assert.equal(stdout.trim(), '0');
});

const TENANTS = `
import boto3, os, time
url = os.environ['AWS_ENDPOINT_URL']
acm = boto3.client('acm', endpoint_url=url, region_name='us-east-1')
cloudfront = boto3.client('cloudfront', endpoint_url=url)
arn = acm.request_certificate(DomainName='*.example.com', ValidationMethod='DNS')['CertificateArn']
acm.get_waiter('certificate_validated').wait(CertificateArn=arn, WaiterConfig={'Delay': 1})
origin = {'Id': 'o', 'DomainName': 'site.s3.amazonaws.com', 'OriginPath': '/{{tenant}}', 'S3OriginConfig': {'OriginAccessIdentity': ''}}
template = cloudfront.create_distribution(DistributionConfig={
    'CallerReference': '1', 'Comment': '', 'Enabled': True, 'Origins': {'Quantity': 1, 'Items': [origin]},
    'ConnectionMode': 'tenant-only',
    'TenantConfig': {'ParameterDefinitions': [{'Name': 'tenant', 'Definition': {'StringSchema': {'Required': True}}}]},
    'ViewerCertificate': {'ACMCertificateArn': arn, 'SSLSupportMethod': 'sni-only'},
    'DefaultCacheBehavior': {'TargetOriginId': 'o', 'ViewerProtocolPolicy': 'allow-all',
        'CachePolicyId': '658327ea-f89d-4fab-a63d-7e88639e58f6'}})['Distribution']
for name in ('red', 'blue'):
    tenant = cloudfront.create_distribution_tenant(
        DistributionId=template['Id'], Name=name, Domains=[{'Domain': name + '.example.com'}],
        Parameters=[{'Name': 'tenant', 'Value': name}])
listed = cloudfront.list_distribution_tenants(AssociationFilter={'DistributionId': template['Id']})['DistributionTenantList']
group = cloudfront.get_connection_group(Identifier=listed[0]['ConnectionGroupId'])['ConnectionGroup']
checked = cloudfront.verify_dns_configuration(Identifier='red')['DnsConfigurationList']
print(sorted(one['Name'] for one in listed), group['IsDefault'], checked[0]['Status'])
`;

test('boto3 makes tenants of a distribution, each with a folder of a bucket', { skip: noBoto3 }, async () => {
  await using cloud = await startTestCloud({ clock: 'real' });
  const env = clientEnvironment(cloud.url) as NodeJS.ProcessEnv;
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  const Bucket = 'site';
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(
    new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: { BlockPublicPolicy: false } }),
  );
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: POLICY('arn:aws:s3:::site') }));
  for (const name of ['red', 'blue'])
    await s3.send(new PutObjectCommand({ Bucket, Key: `${name}/index.html`, Body: `this is ${name}` }));
  const { stdout } = await run('python3', ['-c', TENANTS], { env });
  assert.equal(stdout.trim(), "['blue', 'red'] True valid-configuration");
  for (const name of ['red', 'blue']) {
    const { text } = await visit(`${cloud.url}/index.html`, { headers: { host: `${name}.example.com` } });
    assert.equal(text, `this is ${name}`);
  }
});
