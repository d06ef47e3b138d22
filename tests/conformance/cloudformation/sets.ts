/** Stack sets for tests: the two roles of each account, sets, and what their operations have come to. */
import {
  CloudFormationClient,
  CreateStackInstancesCommand,
  type CreateStackInstancesCommandInput,
  CreateStackSetCommand,
  type CreateStackSetCommandInput,
  DescribeStackSetOperationCommand,
  ListStackInstancesCommand,
  ListStackSetOperationResultsCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import type { TestCloud } from '../../support/cloud.ts';

export const HOME = '123456789012';
export const OTHER = '210987654321';
export const THIRD = '333333333333';

const document = (fields: object) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...fields }] });

/** A client in another account and Region. */
export function clientIn<Client>(
  cloud: TestCloud,
  Class: Parameters<typeof cloud.client<Client>>[0],
  account: string,
  region = 'us-east-1',
): Client {
  return cloud.client(Class, { region, credentials: { accessKeyId: account, secretAccessKey: 'test' } });
}

async function role(cloud: TestCloud, account: string, RoleName: string, trusted: object, allowed: object) {
  const iam = clientIn(cloud, IAMClient, account);
  const AssumeRolePolicyDocument = document({ Principal: trusted, Action: 'sts:AssumeRole' });
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'all', PolicyDocument: document(allowed) }));
}

/** The administration role of the first account. */
export function administration(cloud: TestCloud): Promise<void> {
  const Resource = 'arn:aws:iam::*:role/AWSCloudFormationStackSetExecutionRole';
  const allowed = { Action: 'sts:AssumeRole', Resource };
  const trusted = { Service: 'cloudformation.amazonaws.com' };
  return role(cloud, HOME, 'AWSCloudFormationStackSetAdministrationRole', trusted, allowed);
}

/** The execution role of an account, which trusts the first account. */
export function execution(cloud: TestCloud, account: string, Action: string | string[] = '*'): Promise<void> {
  const allowed = { Action, Resource: '*' };
  return role(cloud, account, 'AWSCloudFormationStackSetExecutionRole', { AWS: HOME }, allowed);
}

/** A cloud's sets with both roles in each account. */
export async function trusted(cloud: TestCloud, ...accounts: string[]): Promise<void> {
  await administration(cloud);
  for (const account of accounts) await execution(cloud, account);
}

export async function createSet(
  cloud: TestCloud,
  TemplateBody: string,
  more: Partial<CreateStackSetCommandInput> = {},
) {
  const formation = cloud.client(CloudFormationClient);
  const { StackSetId } = await formation.send(
    new CreateStackSetCommand({ StackSetName: 'fleet', TemplateBody, ...more }),
  );
  return StackSetId ?? '';
}

/** Makes instances and waits for what becomes of the operation. */
export async function createInstances(
  cloud: TestCloud,
  Accounts: string[],
  Regions: string[],
  more: Partial<CreateStackInstancesCommandInput> = {},
): Promise<string> {
  const formation = cloud.client(CloudFormationClient);
  const asked = new CreateStackInstancesCommand({ StackSetName: 'fleet', Accounts, Regions, ...more });
  const { OperationId = '' } = await formation.send(asked);
  await cloud.server.cloud.settle();
  return OperationId;
}

export async function operation(cloud: TestCloud, OperationId: string) {
  const asked = new DescribeStackSetOperationCommand({ StackSetName: 'fleet', OperationId });
  return (await cloud.client(CloudFormationClient).send(asked)).StackSetOperation;
}

/** What an operation came to: `<account> <Region> <status>`, with a reason where there is one. */
export async function results(cloud: TestCloud, OperationId: string): Promise<string[]> {
  const asked = new ListStackSetOperationResultsCommand({ StackSetName: 'fleet', OperationId });
  const { Summaries = [] } = await cloud.client(CloudFormationClient).send(asked);
  return Summaries.map((one) =>
    [one.Account, one.Region, one.Status, ...(one.StatusReason === undefined ? [] : [one.StatusReason])].join(' '),
  );
}

/** The instances of the set: `<account> <Region> <status> <detailed status>`. */
export async function instances(cloud: TestCloud): Promise<string[]> {
  const asked = new ListStackInstancesCommand({ StackSetName: 'fleet' });
  const { Summaries = [] } = await cloud.client(CloudFormationClient).send(asked);
  return Summaries.map((one) =>
    [one.Account, one.Region, one.Status, one.StackInstanceStatus?.DetailedStatus].join(' '),
  );
}
