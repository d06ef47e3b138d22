/** Stacks for tests: asked for, waited for, and what became of them. */
import assert from 'node:assert/strict';
import {
  CloudFormationClient,
  CreateStackCommand,
  type CreateStackCommandInput,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStackResourceDriftsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  DetectStackDriftCommand,
  UpdateStackCommand,
  type UpdateStackCommandInput,
} from '@aws-sdk/client-cloudformation';
import type { TestCloud } from '../../support/cloud.ts';

const ALL = ['CAPABILITY_NAMED_IAM', 'CAPABILITY_AUTO_EXPAND'] as const;

/** A template as text, of resources by logical id. */
export function templateOf(Resources: object, rest: object = {}): string {
  return JSON.stringify({ Resources, ...rest });
}

/** The stack once nothing moves any more. */
export async function settled(cloud: TestCloud, StackName: string) {
  await cloud.server.cloud.settle();
  const { Stacks } = await cloud.client(CloudFormationClient).send(new DescribeStacksCommand({ StackName }));
  return Stacks?.[0];
}

/** Its events, first to last: `<logical id> <status>`. That a thing which is being made has its name is left out. */
export async function events(cloud: TestCloud, StackName: string): Promise<string[]> {
  const { StackEvents } = await cloud.client(CloudFormationClient).send(new DescribeStackEventsCommand({ StackName }));
  return (StackEvents ?? [])
    .filter((one) => one.ResourceStatusReason !== 'Resource creation Initiated')
    .toReversed()
    .map((one) => `${one.LogicalResourceId} ${one.ResourceStatus}`);
}

/** Why its resources failed, first to last, without the tokens of requests. */
export async function reasons(cloud: TestCloud, StackName: string): Promise<string[]> {
  const { StackEvents } = await cloud.client(CloudFormationClient).send(new DescribeStackEventsCommand({ StackName }));
  return (StackEvents ?? [])
    .toReversed()
    .filter((one) => one.ResourceStatus?.endsWith('FAILED') || one.ResourceStatus?.includes('ROLLBACK_IN'))
    .map(
      (one) => `${one.LogicalResourceId}: ${one.ResourceStatusReason?.replace(/RequestToken: [-0-9a-f]{36}, /, '')}`,
    );
}

/** Physical ids by logical id. */
export async function physicalIds(cloud: TestCloud, StackName: string): Promise<{ [logical: string]: string }> {
  const formation = cloud.client(CloudFormationClient);
  const { StackResources } = await formation.send(new DescribeStackResourcesCommand({ StackName }));
  return Object.fromEntries(
    (StackResources ?? []).map((one) => [one.LogicalResourceId ?? '', one.PhysicalResourceId ?? '']),
  );
}

export async function outputs(cloud: TestCloud, name: string): Promise<{ [key: string]: string }> {
  const { Outputs = [] } = (await settled(cloud, name)) ?? {};
  return Object.fromEntries(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey ?? '', OutputValue ?? '']));
}

/** What is there is what the template says, as far as it can be read. */
export async function expectNoDrift(cloud: TestCloud, StackName: string): Promise<void> {
  const formation = cloud.client(CloudFormationClient);
  await formation.send(new DetectStackDriftCommand({ StackName }));
  await cloud.server.cloud.settle();
  const { StackResourceDrifts: drifts = [] } = await formation.send(
    new DescribeStackResourceDriftsCommand({
      StackName,
      StackResourceDriftStatusFilters: ['MODIFIED', 'DELETED'],
    }),
  );
  const differing = drifts.map(
    ({ LogicalResourceId, ResourceType, StackResourceDriftStatus, PropertyDifferences }) => ({
      LogicalResourceId,
      ResourceType,
      StackResourceDriftStatus,
      PropertyDifferences,
    }),
  );
  assert.deepEqual(differing, []);
}

/** Makes a stack and expects it to succeed. */
export async function create(
  cloud: TestCloud,
  StackName: string,
  TemplateBody: string,
  more: Partial<CreateStackCommandInput> = {},
): Promise<void> {
  const formation = cloud.client(CloudFormationClient);
  await formation.send(new CreateStackCommand({ StackName, TemplateBody, Capabilities: [...ALL], ...more }));
  await expectStatus(cloud, StackName, 'CREATE_COMPLETE');
  await expectNoDrift(cloud, StackName);
}

export async function update(
  cloud: TestCloud,
  StackName: string,
  TemplateBody: string,
  more: Partial<UpdateStackCommandInput> = {},
): Promise<void> {
  const formation = cloud.client(CloudFormationClient);
  await formation.send(new UpdateStackCommand({ StackName, TemplateBody, Capabilities: [...ALL], ...more }));
  await expectStatus(cloud, StackName, 'UPDATE_COMPLETE');
  await expectNoDrift(cloud, StackName);
}

export async function remove(cloud: TestCloud, name: string): Promise<void> {
  const stack = await settled(cloud, name);
  await cloud.client(CloudFormationClient).send(new DeleteStackCommand({ StackName: name }));
  await expectStatus(cloud, stack?.StackId ?? '', 'DELETE_COMPLETE');
}

export async function expectStatus(cloud: TestCloud, name: string, status: string): Promise<void> {
  const stack = await settled(cloud, name);
  assert.equal(stack?.StackStatus, status, (await reasons(cloud, name)).join('\n'));
}

/** Makes stacks of one resource, one after another, and expects each to fail in these words of its type's handler, with this code. */
export async function expectRefusals(
  cloud: TestCloud,
  Type: string,
  base: object,
  cases: readonly (readonly [more: object, text: string, code?: string])[],
): Promise<void> {
  const formation = cloud.client(CloudFormationClient);
  for (const [more, text, code = 'InvalidRequest'] of cases) {
    const TemplateBody = templateOf({ It: { Type, Properties: { ...base, ...more } } });
    await formation.send(new CreateStackCommand({ StackName: 'refused', TemplateBody, Capabilities: [...ALL] }));
    await expectStatus(cloud, 'refused', 'ROLLBACK_COMPLETE');
    const [why = ''] = await reasons(cloud, 'refused');
    assert.ok(why.includes(text) && why.includes(`HandlerErrorCode: ${code})`), `${why}\nis not ${code}\n${text}`);
    await formation.send(new DeleteStackCommand({ StackName: 'refused' }));
    await cloud.server.cloud.settle();
  }
}

/** Lets the clock run as long as something of the stack takes time. */
export async function arrive(cloud: TestCloud, name: string): Promise<void> {
  for (let minutes = 0; minutes < 60; minutes += 1) {
    const stack = await settled(cloud, name);
    if (stack?.StackStatus?.endsWith('IN_PROGRESS') !== true) return;
    await cloud.advance(60_000);
  }
}
