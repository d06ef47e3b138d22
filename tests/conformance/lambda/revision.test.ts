/** Revisions of functions and aliases: what makes a new one, and what is refused for an old one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AddPermissionCommand,
  CreateAliasCommand,
  GetAliasCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  RemovePermissionCommand,
  TagResourceCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';

const FunctionName = 'f';
const ARN = 'arn:aws:lambda:us-east-1:123456789012:function:f';
const ALLOW = { FunctionName, StatementId: 's', Action: 'lambda:InvokeFunction', Principal: 's3.amazonaws.com' };

async function world() {
  const cloud = await startTestCloud();
  const source = 'let calls = 0; export const handler = () => (calls += 1);';
  const made = await createFunction(cloud, await functionRole(cloud), 'f', source);
  const lambda = cloud.client(LambdaClient);
  const revision = async (Qualifier?: string) =>
    (await lambda.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier }))).RevisionId;
  return { lambda, made, revision, [Symbol.asyncDispose]: cloud.close };
}

test('what an answer says of a change under way is over when the change is', async () => {
  await using world_ = await world();
  const { lambda, made, revision } = world_;
  assert.notEqual(await revision(), made.RevisionId);
  const changed = await lambda.send(
    new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 9, RevisionId: await revision() }),
  );
  const again = { FunctionName, Timeout: 8, RevisionId: changed.RevisionId };
  const { name } = await failure(lambda.send(new UpdateFunctionConfigurationCommand(again)));
  assert.equal(name, 'PreconditionFailedException');
});

test('publishing, tags and permissions make revisions, but no other environments', async () => {
  await using world_ = await world();
  const { lambda, revision } = world_;
  const call = async () => (await lambda.send(new InvokeCommand({ FunctionName }))).Payload?.transformToString() ?? '';
  assert.equal(await call(), '1');
  const seen = new Set([await revision()]);
  await lambda.send(new PublishVersionCommand({ FunctionName }));
  seen.add(await revision());
  await lambda.send(new TagResourceCommand({ Resource: ARN, Tags: { a: 'b' } }));
  seen.add(await revision());
  await lambda.send(new AddPermissionCommand(ALLOW));
  seen.add(await revision());
  assert.equal(seen.size, 4);
  const { RevisionId } = await lambda.send(new GetPolicyCommand({ FunctionName }));
  assert.equal(RevisionId, await revision());
  assert.equal(await call(), '2');
  const old = { FunctionName, StatementId: 's', RevisionId: '01234567-89ab-cdef-0123-456789abcdef' };
  assert.equal((await failure(lambda.send(new RemovePermissionCommand(old)))).name, 'PreconditionFailedException');
  const { message } = await failure(
    lambda.send(new AddPermissionCommand({ ...ALLOW, StatementId: 't', RevisionId: old.RevisionId })),
  );
  assert.equal(
    message,
    'The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest Revision Id',
  );
  await lambda.send(new RemovePermissionCommand({ ...old, RevisionId }));
  assert.notEqual(await revision(), RevisionId);
});

test('the policy of an alias has the revision of the alias', async () => {
  await using world_ = await world();
  const { lambda } = world_;
  await lambda.send(new PublishVersionCommand({ FunctionName }));
  const made = await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
  const { RevisionId } = made;
  await lambda.send(new AddPermissionCommand({ ...ALLOW, Qualifier: 'live', RevisionId }));
  const alias = await lambda.send(new GetAliasCommand({ FunctionName, Name: 'live' }));
  assert.notEqual(alias.RevisionId, RevisionId);
  const policy = await lambda.send(new GetPolicyCommand({ FunctionName, Qualifier: 'live' }));
  assert.equal(policy.RevisionId, alias.RevisionId);
});

test('lists tell nothing of the state of functions', async () => {
  await using world_ = await world();
  const { lambda } = world_;
  const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
  const all = await lambda.send(new ListFunctionsCommand({ FunctionVersion: 'ALL' }));
  const { Versions = [] } = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName }));
  for (const shown of [...Functions, ...(all.Functions ?? []), ...Versions]) {
    assert.equal(shown.Timeout, 20);
    for (const name of ['State', 'LastUpdateStatus', 'RuntimeVersionConfig']) assert.ok(!(name in shown), name);
  }
});
