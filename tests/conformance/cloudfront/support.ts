/** Distributions for tests. */
import {
  CloudFrontClient,
  CreateDistributionCommand,
  CreateOriginAccessControlCommand,
  type DistributionConfig,
  GetDistributionConfigCommand,
  type Origin,
} from '@aws-sdk/client-cloudfront';
import { CreateBucketCommand, PutBucketPolicyCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { TestCloud } from '../../support/cloud.ts';
import { functionRole } from '../../support/functions.ts';
import { type Visit, visit } from '../../support/traffic.ts';

export const ACCOUNT = '123456789012';
/** AWS's own policies. */
export const OPTIMIZED = '658327ea-f89d-4fab-a63d-7e88639e58f6';
export const DISABLED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';

export function configOf(origin: Origin, more: Partial<DistributionConfig> = {}): DistributionConfig {
  return {
    CallerReference: `reference ${Math.round(performance.now() * 1_000)}`,
    Comment: '',
    Enabled: true,
    Origins: { Quantity: 1, Items: [origin] },
    DefaultCacheBehavior: { TargetOriginId: origin.Id, ViewerProtocolPolicy: 'allow-all', CachePolicyId: OPTIMIZED },
    ...more,
  };
}

/** The configuration as it is given back, which is what an update has to give. */
export async function wholeConfig(cloud: TestCloud, Id: string): Promise<DistributionConfig> {
  const { DistributionConfig } = await cloud.client(CloudFrontClient).send(new GetDistributionConfigCommand({ Id }));
  if (DistributionConfig === undefined) throw new Error(`no distribution ${Id}`);
  return DistributionConfig;
}

/** An origin at an address of this machine. */
export function customOrigin(port: number, more: Partial<Origin> = {}): Origin {
  return {
    Id: 'custom',
    DomainName: 'localhost',
    CustomOriginConfig: { HTTPPort: port, HTTPSPort: 443, OriginProtocolPolicy: 'http-only' },
    ...more,
  };
}

/** A bucket that only the distribution may read. */
export async function bucketOrigin(cloud: TestCloud, objects: Record<string, string> = {}) {
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  const cloudfront = cloud.client(CloudFrontClient);
  await s3.send(new CreateBucketCommand({ Bucket: 'site' }));
  for (const [Key, Body] of Object.entries(objects))
    await s3.send(new PutObjectCommand({ Bucket: 'site', Key, Body, ContentType: 'text/plain' }));
  const { OriginAccessControl } = await cloudfront.send(
    new CreateOriginAccessControlCommand({
      OriginAccessControlConfig: {
        Name: 'site',
        SigningProtocol: 'sigv4',
        SigningBehavior: 'always',
        OriginAccessControlOriginType: 's3',
      },
    }),
  );
  const origin: Origin = {
    Id: 'site',
    DomainName: 'site.s3.us-east-1.amazonaws.com',
    S3OriginConfig: { OriginAccessIdentity: '' },
    OriginAccessControlId: OriginAccessControl?.Id ?? '',
  };
  return { s3, cloudfront, origin };
}

/** Allows a distribution to read the bucket. */
export async function allowDistribution(s3: S3Client, arn: string): Promise<void> {
  const statement = {
    Effect: 'Allow',
    Principal: { Service: 'cloudfront.amazonaws.com' },
    Action: 's3:GetObject',
    Resource: 'arn:aws:s3:::site/*',
    Condition: { StringEquals: { 'AWS:SourceArn': arn } },
  };
  await s3.send(
    new PutBucketPolicyCommand({
      Bucket: 'site',
      Policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
    }),
  );
}

/** Makes a distribution and gives what asks it. */
export async function distribute(cloud: TestCloud, config: DistributionConfig) {
  const cloudfront = cloud.client(CloudFrontClient);
  const { Distribution, ETag = '' } = await cloudfront.send(
    new CreateDistributionCommand({ DistributionConfig: config }),
  );
  const id = Distribution?.Id ?? '';
  const { port } = new URL(cloud.url);
  const name = (Distribution?.DomainName ?? '').split('.')[0];
  const address = `http://${name}.cloudfront.localhost:${port}`;
  return {
    id,
    arn: Distribution?.ARN ?? '',
    etag: ETag,
    domain: Distribution?.DomainName ?? '',
    address,
    ask: (path: string, options?: Visit) => visit(address + path, options),
  };
}

/** A role of functions that run at the edge. */
export function edgeRole(cloud: TestCloud): Promise<string> {
  return functionRole(cloud, ['logs:*'], 'edge', ['lambda.amazonaws.com', 'edgelambda.amazonaws.com']);
}
