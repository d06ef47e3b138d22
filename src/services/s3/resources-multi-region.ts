/** S3's types of CloudFormation for Multi-Region access points, which are made in Oregon from wherever the stack is. */
import { SECOND, sha256Hex } from '#kernel/base';
import type { ResourceScope, ResourceType } from '#kernel/contract';
import { ifThere, ServiceError, textOf } from '#kernel/contract';
import type { AsyncOperation, CreateMultiRegionAccessPointInput } from '#models/s3-control';
import { keptPolicy } from './domain/policy-text.ts';

const GONE = 'NoSuchMultiRegionAccessPoint';
const text = (value: unknown) => textOf(value) ?? '';
const controlOf = (scope: ResourceScope) => scope.awsIn('us-west-2')['s3-control'];

/** Waits for a request; of one that failed throws why. */
async function carriedOut(RequestTokenARN = '', scope: ResourceScope): Promise<void> {
  const asked = { AccountId: scope.account, RequestTokenARN };
  const { AsyncOperation } = await controlOf(scope).DescribeMultiRegionAccessPointOperation(asked);
  if (AsyncOperation?.RequestStatus === 'INPROGRESS') scope.later(SECOND);
  const fault = faultOf(AsyncOperation);
  if (fault !== undefined) throw new ServiceError(fault.Code ?? '', fault.Message ?? '', { status: 400 });
}

const faultOf = (operation: AsyncOperation | undefined) => operation?.ResponseDetails?.ErrorDetails;

/** The same for all attempts of one step, so that a request is made once. Source of its length: the model of S3 Control, MultiRegionAccessPointClientToken. */
const tokenOf = (scope: ResourceScope) => scope.name(64);

/** Source: S3 API Reference, "List of Amazon S3 asynchronous error codes". */
const taken = () =>
  new ServiceError(
    'MultiRegionAccessPointAlreadyOwnedByYou',
    'You already have a Multi-Region Access Point with the same name.',
    { status: 409 },
  );

type Point = { PublicAccessBlockConfiguration?: object; Regions: { Bucket: string; BucketAccountId?: string }[] };

export const multiRegionAccessPoint: ResourceType = {
  async create(properties, scope) {
    const { PublicAccessBlockConfiguration: block, Regions } = properties as Point;
    const Name = textOf(properties.Name) ?? scope.name(50).toLowerCase();
    const Details: CreateMultiRegionAccessPointInput = {
      Name,
      Regions,
      ...(block !== undefined && { PublicAccessBlock: block }),
    };
    const control = controlOf(scope);
    const point = { AccountId: scope.account, Name };
    const there = scope.again ? undefined : await ifThere(GONE, control.GetMultiRegionAccessPoint(point));
    if (there !== undefined) throw taken();
    const asked = { AccountId: scope.account, ClientToken: tokenOf(scope), Details };
    const { RequestTokenARN } = await control.CreateMultiRegionAccessPoint(asked);
    scope.begun(Name);
    await carriedOut(RequestTokenARN, scope);
    const { AccessPoint } = await control.GetMultiRegionAccessPoint(point);
    const CreatedAt = new Date(AccessPoint?.CreatedAt ?? 0).toISOString();
    return { id: Name, attributes: { Alias: AccessPoint?.Alias, CreatedAt } };
  },
  async delete(Name, _, scope) {
    const control = controlOf(scope);
    const point = { AccountId: scope.account, Name };
    const found = await ifThere(GONE, control.GetMultiRegionAccessPoint(point));
    if (found === undefined) return;
    if (found.AccessPoint?.Status !== 'READY') scope.later(SECOND);
    const asked = { AccountId: scope.account, ClientToken: tokenOf(scope), Details: { Name } };
    const { RequestTokenARN } = await control.DeleteMultiRegionAccessPoint(asked);
    await carriedOut(RequestTokenARN, scope);
  },
  async read(Name, properties, scope) {
    const point = { AccountId: scope.account, Name };
    const found = await ifThere(GONE, controlOf(scope).GetMultiRegionAccessPoint(point));
    if (found === undefined) return undefined;
    const { PublicAccessBlock, Regions = [] } = found.AccessPoint ?? {};
    const said = (properties as Partial<Point>).Regions?.some(({ BucketAccountId }) => BucketAccountId !== undefined);
    return {
      Name,
      PublicAccessBlockConfiguration: PublicAccessBlock,
      Regions: Regions.map(({ Bucket, BucketAccountId }) => ({ Bucket, ...(said === true && { BucketAccountId }) })),
    };
  },
};

/** @see CloudFormation Template Reference, AWS::S3::MultiRegionAccessPointPolicy */
export const multiRegionAccessPointPolicy: ResourceType = {
  create: ({ MrapName, Policy }, scope) => putPolicy(text(MrapName), text(Policy), scope),
  update: (Name, { Policy }, _, scope) => putPolicy(Name, text(Policy), scope),
  /** There is always one: it is put back to one that lets in the account itself and nobody else. */
  async delete(Name, _, scope) {
    const { account, partition } = scope;
    const point = { AccountId: account, Name };
    const found = await ifThere(GONE, controlOf(scope).GetMultiRegionAccessPoint(point));
    if (found === undefined) return;
    const arn = `arn:${partition}:s3::${account}:accesspoint/${found.AccessPoint?.Alias}`;
    const Principal = { AWS: `arn:${partition}:iam::${account}:root` };
    const own = { Effect: 'Allow', Principal, Action: 's3:*', Resource: [arn, `${arn}/object/*`] };
    await putPolicy(Name, JSON.stringify({ Version: '2012-10-17', Statement: [own] }), scope);
  },
  async read(MrapName, { Policy: said }, scope) {
    const point = { AccountId: scope.account, Name: MrapName };
    const found = await ifThere(GONE, controlOf(scope).GetMultiRegionAccessPointPolicy(point));
    const kept = found?.Policy?.Established?.Policy;
    if (kept === undefined) return undefined;
    const isSaid = said !== undefined && keptPolicy(text(said), scope.partition) === kept;
    return { MrapName, Policy: isSaid ? said : JSON.parse(kept) };
  },
};

async function putPolicy(Name: string, Policy: string, scope: ResourceScope) {
  const control = controlOf(scope);
  const point = { AccountId: scope.account, Name };
  const { Policy: now } = await control.GetMultiRegionAccessPointPolicy(point);
  if (now?.Proposed?.Policy !== now?.Established?.Policy) scope.later(SECOND);
  if (now?.Established?.Policy !== keptPolicy(Policy, scope.partition)) {
    // A step that takes back another may have its name; the policy is another then.
    const ClientToken = `${scope.name(51)}-${sha256Hex(Policy).slice(0, 12)}`;
    const asked = { AccountId: scope.account, ClientToken, Details: { Name, Policy } };
    const { RequestTokenARN } = await control.PutMultiRegionAccessPointPolicy(asked);
    await carriedOut(RequestTokenARN, scope);
  }
  const { Established } = await control.GetMultiRegionAccessPointPolicyStatus(point);
  const IsPublic = String(Established?.IsPublic === true);
  return { id: Name, attributes: { PolicyStatus: { IsPublic }, 'PolicyStatus.IsPublic': IsPublic } };
}
