/** Things that a stack changes, and changes back: what is there is afterwards what the template says, by what drift detection reads. */
import assert from 'node:assert/strict';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackResourceDriftsCommand,
  DetectStackDriftCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { type StoreView, viewOf } from '#kernel/store';
import { putResource, type ResourceRow, stackResources } from '../../../src/services/cloudformation/state.ts';
import { startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { counting, failing } from './failing.ts';
import { arrive, expectNoDrift, expectStatus, physicalIds, templateOf } from './stacks.ts';

/** A thing of a template with its properties before and after; one without is the same in both. */
export type Changing = [type: string, before: object, after?: object, more?: More];
type More = {
  dependsOn?: string;
  /** Properties of which drift is not seen: what is secret, what can't be read back. */
  unseen?: readonly string[];
};
type Things = { readonly [logicalId: string]: Changing };

const NAME = 'changing';
const DAY = 86_400_000;
/** Some of their changes are allowed only so often in a month. */
const SELDOM = /^(DynamoDB::\w+|Kinesis::Stream)$/;

/** Fails after everything else has changed. */
const BROKEN = { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: -1 } };
const LAST = 'sqs:CreateQueue';
/** Of the calls that a change makes, those that fail, each in a change of its own: `CLOUDYARD_EVERY_CALL` has every one fail. */
const FAILING_EVERY = process.env.CLOUDYARD_EVERY_CALL === undefined ? 6 : 1;

/**
 * Makes all in vain (a call fails), makes all, changes all in vain (something else fails at the end, a call fails in its middle), changes all, sees the change as drift from what
 * was before, changes all back, removes all.
 */
export async function changes(things: Things): Promise<void> {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const input = (isAfter: boolean, more: object = {}) => ({
    StackName: NAME,
    Capabilities: ['CAPABILITY_NAMED_IAM' as const],
    TemplateBody: templateOf({
      ...Object.fromEntries(
        Object.entries(things).map(([id, [type, before, after = before, { dependsOn } = {}]]) => [
          id,
          { Type: `AWS::${type}`, DependsOn: dependsOn, Properties: isAfter ? after : before },
        ]),
      ),
      ...more,
    }),
  });
  const reach = async (status: string, name = NAME) => {
    await arrive(cloud, name);
    await expectStatus(cloud, name, status);
  };
  for (let call = 1; call <= Object.keys(things).length; call += FAILING_EVERY) {
    const { StackId: id = '' } = await failing(cloud, call, async () => {
      const made = await formation.send(new CreateStackCommand(input(false)));
      await arrive(cloud, NAME);
      return made;
    });
    await reach('ROLLBACK_COMPLETE');
    await formation.send(new DeleteStackCommand({ StackName: NAME }));
    await reach('DELETE_COMPLETE', id);
  }
  const { StackId = '' } = await formation.send(new CreateStackCommand(input(false)));
  await reach('CREATE_COMPLETE');
  await expectNoDrift(cloud, NAME);
  const rows = inStore(cloud, (store) => store.list(stackResources));
  const ids = await physicalIds(cloud, NAME);
  const isSeldom = Object.values(things).some(([type]) => SELDOM.test(type));
  const asBefore = async () => {
    await reach('UPDATE_ROLLBACK_COMPLETE');
    await expectNoDrift(cloud, NAME);
    assert.deepEqual(await physicalIds(cloud, NAME), ids);
    if (isSeldom) await cloud.advance(31 * DAY);
  };
  const broken = { Broken: { ...BROKEN, DependsOn: Object.keys(things) } };
  const inVain = async () => {
    await formation.send(new UpdateStackCommand(input(true, broken)));
    await arrive(cloud, NAME);
  };
  const calls = await counting(cloud, LAST, inVain);
  await asBefore();
  for (let call = 1; call <= calls; call += FAILING_EVERY) {
    await failing(cloud, call, inVain, LAST);
    await asBefore();
  }
  for (const isAfter of [true, false]) {
    await formation.send(new UpdateStackCommand(input(isAfter)));
    await reach('UPDATE_COMPLETE');
    await expectNoDrift(cloud, NAME);
    if (isAfter) await expectDrift(cloud, things, rows);
  }
  await formation.send(new DeleteStackCommand({ StackName: NAME }));
  await reach('DELETE_COMPLETE', StackId);
}

const PLACE = { account: '123456789012', region: 'us-east-1' };

function inStore<T>(cloud: TestCloud, work: (store: StoreView) => T): T {
  return cloud.server.cloud.kernel.store.transact((tx) => work(viewOf(() => tx, PLACE)));
}

/** What has changed would be drift, had the stack not changed it: so the stack forgets that it did. */
async function expectDrift(cloud: TestCloud, things: Things, before: readonly ResourceRow[]): Promise<void> {
  const after = inStore(cloud, (store) => store.list(stackResources));
  const remember = (rows: readonly ResourceRow[]) =>
    inStore(cloud, (store) => {
      for (const { logicalId, stackId, thing } of rows) {
        const now = store.get(stackResources, { logicalId, stackId });
        if (now?.thing !== undefined && thing !== undefined)
          putResource(store, { ...now, thing: { ...now.thing, properties: thing.properties } });
      }
    });
  remember(before);
  const formation = cloud.client(CloudFormationClient);
  await formation.send(new DetectStackDriftCommand({ StackName: NAME }));
  await cloud.server.cloud.settle();
  const { StackResourceDrifts = [] } = await formation.send(
    new DescribeStackResourceDriftsCommand({ StackName: NAME }),
  );
  remember(after);
  for (const [id, [type, was, is = was, { unseen = [] } = {}]] of Object.entries(things)) {
    const drift = StackResourceDrifts.find((one) => one.LogicalResourceId === id);
    if (drift?.StackResourceDriftStatus === 'DELETED') continue;
    const seen = new Set(drift?.PropertyDifferences?.map(({ PropertyPath = '' }) => PropertyPath.split('/')[1]));
    const [old, now] = [was, is] as Record<string, unknown>[];
    const changed = Object.keys(was).filter((name) => JSON.stringify(old?.[name]) !== JSON.stringify(now?.[name]));
    const missed = changed.filter((name) => !seen.has(name));
    assert.deepEqual(missed, [...unseen], `what has changed of ${type} and is not seen`);
  }
}

/** A policy with one statement. */
export const policy = (statement: object) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', ...statement }],
});

/** `a=1` as a tag. */
export const tags = (...pairs: string[]) =>
  pairs.map((pair) => {
    const [Key, Value] = pair.split('=');
    return { Key, Value };
  });

export const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
