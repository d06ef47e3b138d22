/** The policy of an API as it is kept. Source: API Gateway Developer Guide, "API Gateway resource policy examples". */
import type { Ctx } from '#kernel/contract';

/** A resource of the API itself, in short: `"execute-api:/stage/GET/pets"`; slashes may be escaped. */
const SHORT = /"execute-api:(?:\/|\\\/)/g;

/** A policy with the resources of its API in full, which it may name in short. */
export function inFull(policy: string, api: string, { partition, region, account }: Ctx): string {
  return policy.replace(SHORT, `"arn:${partition}:execute-api:${region}:${account}:${api}/`);
}
