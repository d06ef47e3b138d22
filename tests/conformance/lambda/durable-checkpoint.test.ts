import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CheckpointDurableExecutionCommand,
  type CheckpointDurableExecutionCommandInput,
  GetDurableExecutionStateCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { SimulatedFunctions } from '#engines/function/simulated';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { ask, begin, durableFunction, durableRole, look } from '../../support/durable.ts';

/** A cloud with a durable function that waits for the test to say what it does. */
async function held() {
  type Given = { DurableExecutionArn: string; CheckpointToken: string };
  const given = Promise.withResolvers<Given>();
  const answer = Promise.withResolvers<object>();
  const f = (event: unknown) => {
    given.resolve(event as Given);
    return answer.promise;
  };
  const cloud = await startTestCloud({ engines: { function: new SimulatedFunctions({ f }) } });
  await durableFunction(cloud, await durableRole(cloud), 'f', '');
  const lambda = cloud.client(LambdaClient);
  void begin(cloud, 'f');
  const { DurableExecutionArn, CheckpointToken } = await given.promise;
  let token: string | undefined = CheckpointToken;
  const tell = async (
    Updates: CheckpointDurableExecutionCommandInput['Updates'],
    more: Partial<CheckpointDurableExecutionCommandInput> = {},
  ) => {
    const asked = { DurableExecutionArn, CheckpointToken: token, Updates, ...more };
    const told = await lambda.send(new CheckpointDurableExecutionCommand(asked));
    token = told.CheckpointToken;
    return told;
  };
  const close = () => {
    // An invocation that goes on would be waited for.
    answer.resolve({ Status: 'FAILED' });
    return cloud.close();
  };
  return { cloud, lambda, DurableExecutionArn, CheckpointToken, tell, answer, [Symbol.asyncDispose]: close };
}

test('checkpoints are checked against what is known, and a refused one changes nothing', async () => {
  await using held_ = await held();
  const { lambda, tell, answer, DurableExecutionArn, CheckpointToken } = held_;
  const refusal = async (...updates: Parameters<typeof tell>) => {
    const { name, message } = await failure(tell(...updates));
    assert.equal(name, 'InvalidParameterValueException');
    return message;
  };
  const step = { Id: 's', Type: 'STEP', Name: 'one' } as const;
  const begun = await tell([{ ...step, Action: 'START' }], { ClientToken: 'once' });
  assert.deepEqual(
    begun.NewExecutionState?.Operations?.map(({ Id, Status, StepDetails }) => [Id, Status, StepDetails]),
    [['s', 'STARTED', { Attempt: 0 }]],
  );
  const again = await lambda.send(
    new CheckpointDurableExecutionCommand({
      DurableExecutionArn,
      CheckpointToken,
      ClientToken: 'once',
      Updates: [{ ...step, Action: 'START' }],
    }),
  );
  assert.equal(again.CheckpointToken, begun.CheckpointToken);
  const end = { Id: 'e', Type: 'EXECUTION', Action: 'SUCCEED' } as const;
  const cases: [message: string, ...updates: NonNullable<Parameters<typeof tell>[0]>][] = [
    ['Invalid current STEP state to start.', { ...step, Action: 'START' }],
    ['Inconsistent operation type.', { ...step, Type: 'WAIT', Action: 'CANCEL' }],
    ['Inconsistent operation name.', { ...step, Name: 'two', Action: 'SUCCEED' }],
    ['Inconsistent parent operation id.', { ...step, ParentId: 'p', Action: 'SUCCEED' }],
    ['Cannot provide an Error for SUCCEED action.', { ...step, Action: 'SUCCEED', Error: { ErrorType: 'x' } }],
    ['Cannot provide a Payload for FAIL action.', { ...step, Action: 'FAIL', Payload: 'x' }],
    ['Invalid StepOptions for the given action.', { ...step, Action: 'RETRY' }],
    ['Invalid parent operation id.', { Id: 'c', Type: 'CONTEXT', Action: 'START', ParentId: 's' }],
    ['Update for WAIT operation requires WaitOptions.', { Id: 'w', Type: 'WAIT', Action: 'START' }],
    ['Cannot cancel a WAIT that does not exist or has already completed.', { Id: 'w', Type: 'WAIT', Action: 'CANCEL' }],
    ['Invalid action for the given operation type.', { Id: 'k', Type: 'CALLBACK', Action: 'SUCCEED' }],
    ['Cannot checkpoint multiple EXECUTION updates.', end, end],
    ['EXECUTION checkpoint must be the last update.', end, { ...step, Action: 'SUCCEED' }],
    [
      'Cannot update the same operation twice in a single request.',
      { ...step, Action: 'SUCCEED' },
      { ...step, Action: 'FAIL' },
    ],
    [
      'STEP output payload size must be less than or equal to 262144 bytes.',
      { ...step, Action: 'SUCCEED', Payload: 'x'.repeat(262_145) },
    ],
    [
      'Error object size must be less than 32768 bytes.',
      { ...step, Action: 'FAIL', Error: { ErrorMessage: 'x'.repeat(32_768) } },
    ],
  ];
  for (const [message, ...updates] of cases) assert.equal(await refusal(updates), message);
  assert.equal(await refusal([], { CheckpointToken }), 'Invalid checkpoint token');
  const other = DurableExecutionArn.replace(/[^/]+$/, 'another');
  assert.equal(
    await refusal([], { DurableExecutionArn: other }),
    'Checkpoint token is not valid for the durable execution ARN',
  );
  const ended = await tell([
    { ...step, Action: 'SUCCEED', Payload: '1' },
    { ...end, Payload: '"big"' },
  ]);
  assert.equal(ended.CheckpointToken, undefined);
  assert.deepEqual(await look(held_.cloud, DurableExecutionArn), ['SUCCEEDED', 'big']);
  answer.resolve({ Status: 'SUCCEEDED', Result: '' });
});

test('the state is read in pages, while its invocation goes on', async () => {
  await using held_ = await held();
  const { lambda, tell, answer, DurableExecutionArn } = held_;
  const Updates = [1, 2, 3].map((n) => ({ Id: `s${n}`, Type: 'STEP', Action: 'START' }) as const);
  const { CheckpointToken } = await tell(Updates);
  const state = async (Marker?: string) => {
    const asked = { DurableExecutionArn, CheckpointToken, Marker, MaxItems: 2 };
    const { Operations = [], NextMarker } = await lambda.send(new GetDurableExecutionStateCommand(asked));
    return [Operations.map(({ Type }) => Type), NextMarker] as const;
  };
  const [page, marker] = await state();
  assert.deepEqual(
    [page, await state(marker)],
    [
      ['EXECUTION', 'STEP'],
      [['STEP', 'STEP'], undefined],
    ],
  );
  await ask(held_.cloud, DurableExecutionArn, 'POST', '/pause');
  assert.equal((await look(held_.cloud, DurableExecutionArn))[0], 'PAUSING');
  const told = await tell([]);
  assert.equal(told.CheckpointToken, undefined);
  answer.resolve({ Status: 'PENDING' });
  await held_.cloud.server.cloud.settle();
  assert.equal((await look(held_.cloud, DurableExecutionArn))[0], 'PAUSED');
  const late = await failure(state());
  assert.equal(late.message, 'Invalid checkpoint token');
});

test('what lies in contexts that are over is left out, unless they keep it', async () => {
  await using held_ = await held();
  const { lambda, tell, DurableExecutionArn } = held_;
  const context = (Id: string, ParentId?: string) => ({ Id, Type: 'CONTEXT', ...(ParentId && { ParentId }) }) as const;
  const step = (Id: string, ParentId: string) => ({ Id, Type: 'STEP', Action: 'SUCCEED', ParentId }) as const;
  const keeps = { ContextOptions: { ReplayChildren: true } };
  await tell([
    ...['over', 'keeps', 'open', 'failed'].map((id) => ({ ...context(id), Action: 'START' }) as const),
    ...['over', 'keeps', 'open', 'failed'].map((id) => step(`${id}-step`, id)),
    { ...context('inside', 'keeps'), Action: 'START' },
    step('inside-step', 'inside'),
    { ...context('covered', 'over'), Action: 'START' },
    step('covered-step', 'covered'),
  ]);
  const told = await tell([
    { ...context('covered', 'over'), Action: 'SUCCEED', ...keeps },
    { ...context('over'), Action: 'SUCCEED' },
    { ...context('inside', 'keeps'), Action: 'SUCCEED' },
    { ...context('keeps'), Action: 'SUCCEED', ...keeps },
    { ...context('failed'), Action: 'FAIL' },
  ]);
  const seen: string[] = [];
  const asked = { DurableExecutionArn, CheckpointToken: told.CheckpointToken, MaxItems: 3 };
  for (let Marker: string | undefined, isFirst = true; isFirst || Marker !== undefined; isFirst = false) {
    const state = await lambda.send(new GetDurableExecutionStateCommand({ ...asked, Marker }));
    const ids = (state.Operations ?? []).map(({ Id = '' }) => Id);
    assert.ok(ids.length > 0 && ids.length <= 3);
    seen.push(...ids);
    Marker = state.NextMarker;
  }
  assert.deepEqual(seen.slice(1), ['over', 'keeps', 'open', 'failed', 'keeps-step', 'open-step', 'inside']);
});
