/** ARNs of trails, as requests, policies and refusals name them. */
import type { Ctx } from '#kernel/contract';

/** The ARN of a trail of the caller's Region, by its name or its ARN. */
export function trailArn(nameOrArn: string, { partition, region, account }: Ctx): string {
  return nameOrArn.startsWith('arn:')
    ? nameOrArn
    : `arn:${partition}:cloudtrail:${region}:${account}:trail/${nameOrArn}`;
}
