/** Policies of Multi-Region access points: one that is put counts a moment later, and none can be taken away. */
import type { Ctx, Handler } from '#kernel/contract';
import { isPublicPolicy, keptPolicy, multiRegionPoints } from '../../s3/port.ts';
import { busy, checkRegion, findMultiRegion, policyFault } from '../domain/multi-region.ts';
import { beginRequest } from '../domain/request.ts';
import { CONTROL_REGIONS } from '../limits.ts';
import { checkAccount } from './block.ts';

function find(input: { AccountId: string; Name: string }, ctx: Ctx) {
  checkAccount(input, ctx);
  checkRegion(ctx, CONTROL_REGIONS);
  return findMultiRegion(input.Name, ctx);
}

export const putMultiRegionAccessPointPolicy: Handler<'s3-control', 'PutMultiRegionAccessPointPolicy'> = (
  input,
  ctx,
) => {
  const { Details, AccountId, ClientToken: clientToken } = input;
  const { Name: name, Policy: policy } = Details;
  const row = find({ AccountId, Name: name }, ctx);
  const asked = {
    operation: 'PutMultiRegionAccessPointPolicy',
    parameters: { PutMultiRegionAccessPointPolicyRequest: Details },
    name,
    clientToken,
  } as const;
  return beginRequest(asked, ctx, () => {
    const fault = busy(row) ?? policyFault(row, policy, ctx);
    if (fault === undefined) ctx.store.put(multiRegionPoints, { ...row, proposed: keptPolicy(policy, ctx.partition) });
    return fault;
  });
};

export const getMultiRegionAccessPointPolicy: Handler<'s3-control', 'GetMultiRegionAccessPointPolicy'> = (
  input,
  ctx,
) => {
  const { policy, proposed } = find(input, ctx);
  return {
    Policy: {
      ...(policy !== undefined && { Established: { Policy: policy } }),
      ...(proposed !== undefined && { Proposed: { Policy: proposed } }),
    },
  };
};

/** Deviation: what AWS answers where there is no policy is not known; here it is none that is public. */
export const getMultiRegionAccessPointPolicyStatus: Handler<'s3-control', 'GetMultiRegionAccessPointPolicyStatus'> = (
  input,
  ctx,
) => {
  const { policy } = find(input, ctx);
  return { Established: { IsPublic: policy !== undefined && isPublicPolicy(policy, 'point') } };
};
