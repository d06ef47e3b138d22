/** What the tests of Multi-Region access points share: buckets in three Regions, and clients that come to AWS's own host name for it. */
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateMultiRegionAccessPointCommand,
  DescribeMultiRegionAccessPointOperationCommand,
  GetMultiRegionAccessPointCommand,
  PutMultiRegionAccessPointPolicyCommand,
  type S3ControlClient,
} from '@aws-sdk/client-s3-control';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import '@smithy/signature-v4a';
import { startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { clientOf } from '../s3/setup.ts';
import { controlOf } from './setup.ts';

export const AccountId = '123456789012';
export const REGIONS = ['us-east-1', 'eu-west-1', 'ap-southeast-2'] as const;
export const bucketIn = (region: string) => `photos-${region}`;

/** A cloud with a bucket in each of the Regions, and a client of S3 Control in us-west-2. */
export async function startRegions(
  options: object = {},
): Promise<TestCloud & AsyncDisposable & { control: S3ControlClient }> {
  const cloud = await startTestCloud(options);
  for (const region of REGIONS) await makeBucket(cloud, region);
  return Object.assign(cloud, { control: controlOf(cloud, { region: 'us-west-2' }) });
}

export async function makeBucket(cloud: TestCloud, region: string, account = AccountId, Bucket = bucketIn(region)) {
  const place =
    region === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint: region as 'eu-west-1' } };
  await clientOf(cloud, account, { region }).send(new CreateBucketCommand({ Bucket, ...place }));
}

/** What became of a request, a moment later. */
export async function outcome(cloud: TestCloud & { control: S3ControlClient }, RequestTokenARN: string | undefined) {
  await cloud.advance(10);
  const asked = new DescribeMultiRegionAccessPointOperationCommand({ AccountId, RequestTokenARN });
  const { AsyncOperation } = await cloud.control.send(asked);
  return AsyncOperation?.ResponseDetails?.ErrorDetails?.Code ?? AsyncOperation?.RequestStatus;
}

/** Asks for a Multi-Region access point over these buckets; gives what became of it. */
export async function make(
  cloud: TestCloud & { control: S3ControlClient },
  Name: string,
  buckets: readonly (string | { Bucket: string; BucketAccountId: string })[] = REGIONS.map(bucketIn),
  more: object = {},
) {
  const Regions = buckets.map((one) => (typeof one === 'string' ? { Bucket: one } : one));
  const asked = new CreateMultiRegionAccessPointCommand({ AccountId, Details: { Name, Regions, ...more } });
  return outcome(cloud, (await cloud.control.send(asked)).RequestTokenARN);
}

/** A Multi-Region access point over these buckets; gives its ARN and its alias. */
export async function made(...[cloud, name, buckets, more]: Parameters<typeof make>) {
  const became = await make(cloud, name, buckets, more);
  if (became !== 'SUCCEEDED') throw new Error(`the access point was not made: ${became}`);
  const { AccessPoint } = await cloud.control.send(new GetMultiRegionAccessPointCommand({ AccountId, Name: name }));
  const alias = AccessPoint?.Alias ?? '';
  return {
    alias,
    arn: `arn:aws:s3::${AccountId}:accesspoint/${alias}`,
    host: `${alias}.accesspoint.s3-global.amazonaws.com`,
  };
}

export async function putPolicy(cloud: TestCloud & { control: S3ControlClient }, Name: string, Policy: string) {
  const asked = new PutMultiRegionAccessPointPolicyCommand({ AccountId, Details: { Name, Policy } });
  return outcome(cloud, (await cloud.control.send(asked)).RequestTokenARN);
}

/** Brings requests for AWS's own host names to a cloud, under their names. */
class ToCloud extends NodeHttpHandler {
  readonly #url: URL;
  readonly #headers: Record<string, string>;
  constructor(url: string, headers: Record<string, string>) {
    super();
    this.#url = new URL(url);
    this.#headers = headers;
  }
  override handle(...[request, options]: Parameters<NodeHttpHandler['handle']>) {
    const { hostname, port } = this.#url;
    const headers = { ...request.headers, ...this.#headers };
    return super.handle(Object.assign(request, { protocol: 'http:', hostname, port: Number(port), headers }), options);
  }
}

/** A client for Multi-Region access points, which signs by version 4a. `near` is where it is. */
export function globalClient(cloud: TestCloud, near?: string, options: object = {}): S3Client {
  const headers: Record<string, string> = near === undefined ? {} : { 'x-cloudyard-viewer': near };
  return cloud.client(S3Client, {
    endpoint: undefined,
    requestHandler: new ToCloud(cloud.url, headers),
    ...options,
  } as never);
}
