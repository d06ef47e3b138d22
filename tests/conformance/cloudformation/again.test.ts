/** Requests that come again with their tokens, and tokens that come with other requests. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CancelUpdateStackCommand,
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { settled, templateOf } from './stacks.ts';

const queue = (Properties: object = {}) => templateOf({ Queue: { Type: 'AWS::SQS::Queue', Properties } });
const StackName = 's';

test('a request with its token is one request, however often it comes', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const create = () =>
    formation.send(new CreateStackCommand({ StackName, TemplateBody: queue(), ClientRequestToken: 'one' }));
  const made = await create();
  const { $metadata: _, ...first } = made;
  assert.deepEqual({ ...first }, withoutMetadata(await create()));
  await settled(cloud, StackName);
  assert.deepEqual({ ...first }, withoutMetadata(await create()));
  const update = () =>
    formation.send(
      new UpdateStackCommand({ StackName, TemplateBody: queue({ DelaySeconds: 1 }), ClientRequestToken: 'two' }),
    );
  const updated = withoutMetadata(await update());
  await settled(cloud, StackName);
  assert.deepEqual(withoutMetadata(await update()), updated);
  const { Stacks } = await formation.send(new DescribeStacksCommand({ StackName }));
  assert.deepEqual(
    Stacks?.[0]?.LastOperations?.map(({ OperationType, OperationId, ...more }) => [OperationType, OperationId, more]),
    [
      ['UPDATE_STACK', updated.OperationId, {}],
      ['CREATE_STACK', first.OperationId, {}],
    ],
  );
});

test('a token of another request is refused, and nothing is done', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const asked = { StackName, ClientRequestToken: 'one' };
  await formation.send(new CreateStackCommand({ ...asked, TemplateBody: queue() }));
  const refused = async (promise: Promise<unknown>) => {
    const { name, message } = await failure(promise);
    return `${name}: ${message}`;
  };
  const TOKEN = 'TokenAlreadyExistsException: A client request token already exists.';
  const other = queue({ DelaySeconds: 1 });
  assert.equal(await refused(formation.send(new CreateStackCommand({ ...asked, TemplateBody: other }))), TOKEN);
  await settled(cloud, StackName);
  assert.equal(await refused(formation.send(new UpdateStackCommand({ ...asked, TemplateBody: other }))), TOKEN);
  const ChangeSetName = 'c';
  await formation.send(new CreateChangeSetCommand({ StackName, ChangeSetName, TemplateBody: other }));
  await settled(cloud, StackName);
  assert.equal(await refused(formation.send(new ExecuteChangeSetCommand({ ...asked, ChangeSetName }))), TOKEN);
  assert.equal(await refused(formation.send(new DeleteStackCommand(asked))), TOKEN);
  assert.equal((await settled(cloud, StackName))?.StackStatus, 'CREATE_COMPLETE');
  // Without a token the same is another request.
  const again = new CreateStackCommand({ StackName, TemplateBody: queue() });
  assert.equal((await failure(formation.send(again))).name, 'AlreadyExistsException');
  const execute = new ExecuteChangeSetCommand({ StackName, ChangeSetName, ClientRequestToken: 'two' });
  await formation.send(execute);
  await formation.send(new ExecuteChangeSetCommand({ StackName, ChangeSetName, ClientRequestToken: 'two' }));
  assert.equal((await settled(cloud, StackName))?.StackStatus, 'UPDATE_COMPLETE');
});

test('a change set that comes again with its token is the same, unless it says something else', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await formation.send(new CreateStackCommand({ StackName, TemplateBody: queue() }));
  await settled(cloud, StackName);
  // Long enough to be kept apart.
  const long = (delay: string) =>
    templateOf(
      { Queue: { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: { Ref: 'Delay' } } } },
      {
        Parameters: { Delay: { Type: 'Number', Description: delay.padEnd(3_000) } },
        Metadata: { x: 'x'.repeat(20_000) },
      },
    );
  const make = (text: string, value: string, ClientToken: string) =>
    formation.send(
      new CreateChangeSetCommand({
        StackName,
        ChangeSetName: 'c',
        TemplateBody: long(text),
        Parameters: [{ ParameterKey: 'Delay', ParameterValue: value }],
        ClientToken,
      }),
    );
  const { Id } = await make('one', '1', 't');
  assert.equal((await make('one', '1', 't')).Id, Id);
  const refused = async (promise: Promise<unknown>) => (await failure(promise)).message;
  const mismatch = (what: string) => `ChangeSet c cannot be created due to a mismatch with existing attribute ${what}`;
  assert.equal(await refused(make('two', '1', 't')), mismatch('Template'));
  assert.equal(await refused(make('one', '2', 't')), mismatch('Parameters'));
  assert.equal(await refused(make('one', '1', 'u')), mismatch('ClientToken'));
});

test('what goes back by itself leaves the request what it was', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const bad = queue({ DelaySeconds: 1_000_000 });
  const create = () =>
    formation.send(new CreateStackCommand({ StackName, TemplateBody: bad, ClientRequestToken: 'one' }));
  const first = withoutMetadata(await create());
  assert.equal((await settled(cloud, StackName))?.StackStatus, 'ROLLBACK_COMPLETE');
  assert.deepEqual(withoutMetadata(await create()), first);
  const cancel = new CancelUpdateStackCommand({ StackName, ClientRequestToken: 'one' });
  assert.equal((await failure(formation.send(cancel))).name, 'ValidationError');
});

function withoutMetadata<T extends { $metadata: unknown }>({ $metadata: _, ...rest }: T) {
  return { ...rest };
}
