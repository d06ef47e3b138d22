/** Permissions that services get for delivering logs, in the name of who switches those on. Source: CloudWatch Logs User Guide, "Logging that requires additional permissions [V1]". */
import { sha256Hex } from '#kernel/base';
import type { Aws } from '#kernel/contract';

const DELIVERY_POLICY = 'AWSLogDeliveryWrite20150319';
/** Groups called like this share one statement: policies have little room. */
const SHARED = '/aws/vendedlogs/';

type Place = { partition: string; region: string; account: string };

/** What `Action` on a resource is allowed for the service that delivers logs of an account. */
export const deliveryStatement = (Action: string[], Resource: string, { account }: Place) => ({
  Sid: DELIVERY_POLICY,
  Effect: 'Allow',
  Principal: { Service: 'delivery.logs.amazonaws.com' },
  Action,
  Resource,
  Condition: { StringEquals: { 'aws:SourceAccount': account } },
});

/** A policy with one statement more. */
export function withStatement(before: string | undefined, statement: object): string {
  const document = before === undefined ? { Version: '2012-10-17', Statement: [] } : JSON.parse(before);
  return JSON.stringify({ ...document, Statement: [...[document.Statement].flat(), statement] });
}

/** Has the service that delivers logs write to a group. @throws {ServiceError} what CloudWatch Logs refuses with */
export async function allowDelivery(logs: Aws['cloudwatch-logs'], group: string, place: Place): Promise<void> {
  const { partition, region, account } = place;
  const groups = group.startsWith(SHARED) ? `${SHARED}*` : group;
  const arn = `arn:${partition}:logs:${region}:${account}:log-group:${groups}:log-stream:*`;
  const { resourcePolicies = [] } = await logs.DescribeResourcePolicies({});
  const before = resourcePolicies.find(({ policyName }) => policyName === DELIVERY_POLICY)?.policyDocument;
  if (before?.includes(JSON.stringify(arn)) === true) return;
  const statement = {
    ...deliveryStatement(['logs:CreateLogStream', 'logs:PutLogEvents'], arn, place),
    Sid: `${DELIVERY_POLICY}${sha256Hex(groups).slice(0, 8)}`,
  };
  await logs.PutResourcePolicy({ policyName: DELIVERY_POLICY, policyDocument: withStatement(before, statement) });
}
