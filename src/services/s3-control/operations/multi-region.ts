/** Multi-Region access points: create, delete, show and list them, and what became of requests about them. */
import type { Ctx, Handler } from '#kernel/contract';
import type { AsyncOperation, MultiRegionAccessPointReport } from '#models/s3-control';
import { type MultiRegionPointRow, multiRegionPoints } from '../../s3/port.ts';
import { busy, checkRegion, findMultiRegion, newRoutes } from '../domain/multi-region.ts';
import { pageOf } from '../domain/page.ts';
import { beginRequest, requestArn, tokenOf } from '../domain/request.ts';
import { invalidRequest, noSuchRequest, tooManyMultiRegionPoints, tooManyRegions } from '../errors.ts';
import { CONTROL_REGIONS, MULTI_REGION_POINTS_MAX, POINT_REGIONS_MAX } from '../limits.ts';
import { requests } from '../state.ts';
import { blockOf, checkAccount, shownBlock } from './block.ts';

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';
/** An alias is an `m` and so many characters more. */
const ALIAS_RANDOM = 12;
const LIST_MAX = 100;

/** What can be said of an own access point, and only in the Region that all are made from. */
function check(input: { AccountId: string }, ctx: Ctx): void {
  checkAccount(input, ctx);
  checkRegion(ctx, CONTROL_REGIONS);
}

/** All four are on where none is given. Source: S3 User Guide, "Blocking public access with Amazon S3 Multi-Region Access Points". */
const CLOSED = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true };

export const createMultiRegionAccessPoint: Handler<'s3-control', 'CreateMultiRegionAccessPoint'> = (input, ctx) => {
  check(input, ctx);
  const { Name: name, Regions, PublicAccessBlock = CLOSED } = input.Details;
  if (Regions.length === 0) throw invalidRequest('At least one Region must be specified');
  if (Regions.length > POINT_REGIONS_MAX) throw tooManyRegions();
  const details = { ...input.Details, PublicAccessBlock: shownBlock(blockOf(PublicAccessBlock)) };
  const asked = {
    operation: 'CreateMultiRegionAccessPoint',
    parameters: { CreateMultiRegionAccessPointRequest: details },
    name,
    clientToken: input.ClientToken,
  } as const;
  return beginRequest(asked, ctx, () => {
    const { account } = ctx;
    if (ctx.store.count(multiRegionPoints, { where: { account } }) >= MULTI_REGION_POINTS_MAX)
      throw tooManyMultiRegionPoints();
    const routes = newRoutes(input.Details, ctx);
    if (!Array.isArray(routes)) return routes;
    ctx.store.put(multiRegionPoints, {
      account,
      name,
      alias: `m${ctx.random.text(ALIAS_RANDOM, ALPHABET)}.mrap`,
      createdAt: ctx.now,
      status: 'CREATING',
      publicAccess: blockOf(PublicAccessBlock),
      routes,
    });
    return undefined;
  });
};

export const deleteMultiRegionAccessPoint: Handler<'s3-control', 'DeleteMultiRegionAccessPoint'> = (input, ctx) => {
  check(input, ctx);
  const { Details } = input;
  const asked = {
    operation: 'DeleteMultiRegionAccessPoint',
    parameters: { DeleteMultiRegionAccessPointRequest: Details },
    name: Details.Name,
    clientToken: input.ClientToken,
  } as const;
  return beginRequest(asked, ctx, () => {
    const row = findMultiRegion(Details.Name, ctx);
    const fault = busy(row);
    if (fault === undefined) ctx.store.put(multiRegionPoints, { ...row, status: 'DELETING' });
    return fault;
  });
};

function report(row: MultiRegionPointRow): MultiRegionAccessPointReport {
  return {
    Name: row.name,
    Alias: row.alias,
    CreatedAt: row.createdAt,
    PublicAccessBlock: shownBlock(row.publicAccess),
    Status: row.status,
    Regions: row.routes.map(({ bucket, region, account }) => ({
      Bucket: bucket,
      Region: region,
      BucketAccountId: account,
    })),
  };
}

export const getMultiRegionAccessPoint: Handler<'s3-control', 'GetMultiRegionAccessPoint'> = (input, ctx) => {
  check(input, ctx);
  return { AccessPoint: report(findMultiRegion(input.Name, ctx)) };
};

/** @throws {ServiceError} InvalidRequest for a token that is none */
export const listMultiRegionAccessPoints: Handler<'s3-control', 'ListMultiRegionAccessPoints'> = (input, ctx) => {
  check(input, ctx);
  const { page, rest } = pageOf(
    { ...input, MaxResults: Math.min(input.MaxResults ?? LIST_MAX, LIST_MAX) },
    (after, limit) =>
      ctx.store.list(multiRegionPoints, {
        where: { account: ctx.account },
        ...(after !== undefined && { after: { name: after } }),
        limit,
      }),
    ({ name }) => name,
  );
  return { AccessPoints: page.map(report), ...rest };
};

/** Source: an answer of S3, as a user shows it: requests are `INPROGRESS` at first; Terraform's provider waits for `SUCCEEDED`. */
export const describeMultiRegionAccessPointOperation: Handler<
  's3-control',
  'DescribeMultiRegionAccessPointOperation'
> = (input, ctx) => {
  check(input, ctx);
  const token = tokenOf(input.RequestTokenARN, ctx);
  const row = token === undefined ? undefined : ctx.store.get(requests, { account: ctx.account, token });
  if (row === undefined) throw noSuchRequest();
  const AsyncOperation: AsyncOperation = {
    CreationTime: row.createdAt,
    Operation: row.operation,
    RequestTokenARN: requestArn(row, ctx),
    RequestParameters: row.parameters,
    RequestStatus: row.status,
    ...(row.status === 'FAILED' && {
      ResponseDetails: {
        ErrorDetails: { Code: row.fault?.code ?? '', Message: row.fault?.message ?? '', Resource: row.name },
      },
    }),
    ...(row.status === 'SUCCEEDED' && {
      ResponseDetails: {
        MultiRegionAccessPointDetails: {
          Regions: (row.regions ?? []).map((Name) => ({ Name, RequestStatus: 'SUCCEEDED' })),
        },
      },
    }),
  };
  return { AsyncOperation };
};
