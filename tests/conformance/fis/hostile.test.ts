/** Requests that mean harm: names that mean something to the language, lists without end, tokens of others, what others own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Experiment } from '#models/fis';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { type FisError, fisClient } from './client.ts';
import { begin, fisRole, MINUTE, ROLE, stateOf, type Template, template, WAIT } from './world.ts';

const OTHER = '210987654321';
const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', 'length'];

test('names that mean something to the language are names', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  await fisRole(cloud);
  const options = { accountTargeting: 'multi-account' as const };
  const many =
    (await fis.CreateExperimentTemplate(template({ experimentOptions: options }))).experimentTemplate.id ?? '';
  for (const name of NAMES) {
    const named = <T>(value: T) => Object.fromEntries([[name, value]]);
    const selected = { resourceType: 'aws:iam:role', resourceArns: [ROLE], selectionMode: 'ALL' };
    const strike = {
      actionId: 'aws:fis:inject-api-internal-error',
      parameters: { service: 'sqs', operations: 'ListQueues', percentage: '1', duration: 'PT1M' },
      targets: { Roles: name },
    };
    const { id } = await begin(cloud, fis, { targets: named(selected), actions: named(strike) });
    assert.equal(await stateOf(fis, id), `running ${name}=running`);
    await cloud.advance(MINUTE);
    assert.equal(await stateOf(fis, id), `completed ${name}=completed`);
    for (const more of [
      { actions: { wait: { ...WAIT, startAfter: [name] } } },
      { actions: { wait: { ...WAIT, parameters: { ...WAIT.parameters, ...named('x') } } } },
      { actions: { wait: { actionId: name } } },
      { actions: { strike: { ...strike, targets: { [name]: 'x', Roles: 'x' } } }, targets: { x: selected } },
      {
        actions: { strike: { ...strike, parameters: { ...strike.parameters, service: name } } },
        targets: named(selected),
      },
      {
        actions: { strike: { ...strike, parameters: { ...strike.parameters, operations: name } } },
        targets: named(selected),
      },
      { targets: named({ ...selected, resourceType: name }) },
      { targets: named({ ...selected, parameters: named('x') }) },
    ]) {
      const error = (await failure(fis.CreateExperimentTemplate(template(more as Partial<Template>)))) as FisError;
      assert.match(error.code, /^(ValidationException|NotImplemented)$/, `${name}: ${JSON.stringify(more)}`);
    }
    for (const call of [
      () => fis.GetAction({ id: name }),
      () => fis.GetTargetResourceType({ resourceType: name }),
      () => fis.GetExperiment({ id: name }),
      () => fis.GetSafetyLever({ id: name }),
      () => fis.GetTargetAccountConfiguration({ experimentTemplateId: many, accountId: `${name}-of-twelve` }),
      () => fis.DeleteTargetAccountConfiguration({ experimentTemplateId: many, accountId: name.padEnd(12, '_') }),
    ])
      assert.equal(((await failure(call())) as FisError).code, 'ResourceNotFoundException');
  }
});

test('what belongs to another account or Region is not there', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  await fisRole(cloud);
  const { id, arn = '', experimentTemplateId = '' } = await begin(cloud, fis, {});
  for (const stranger of [
    fisClient(cloud, { keys: { accessKeyId: OTHER, secret: 'x' } }),
    fisClient(cloud, { region: 'eu-west-1' }),
  ]) {
    for (const call of [
      () => stranger.GetExperiment({ id }),
      () => stranger.StopExperiment({ id }),
      () => stranger.StartExperiment({ experimentTemplateId }),
      () => stranger.DeleteExperimentTemplate({ id: experimentTemplateId }),
      () => stranger.UpdateExperimentTemplate({ id: experimentTemplateId, description: 'mine' }),
      () => stranger.TagResource({ resourceArn: arn, tags: { a: 'b' } }),
      () => stranger.ListExperimentResolvedTargets({ experimentId: id }),
    ])
      assert.equal(((await failure(call())) as FisError).code, 'ResourceNotFoundException');
    assert.deepEqual((await stranger.ListExperiments({})).experiments, []);
    await stranger.UpdateSafetyLeverState({ id: 'default', state: { status: 'engaged', reason: 'theirs' } });
  }
  await cloud.advance(0);
  assert.equal(await stateOf(fis, id), 'running wait=running');
});

test('a role of another account is no target, and no role for experiments', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  await fisRole(cloud);
  const theirs = `arn:aws:iam::${OTHER}:role/theirs`;
  const strike = {
    actionId: 'aws:fis:inject-api-internal-error',
    parameters: { service: 'sqs', operations: 'ListQueues', percentage: '1', duration: 'PT1M' },
    targets: { Roles: 'roles' },
  };
  const targets = { roles: { resourceType: 'aws:iam:role', resourceArns: [theirs], selectionMode: 'ALL' } };
  const aimed = await begin(cloud, fis, { targets, actions: { strike } });
  assert.equal(aimed.state?.reason, `Target roles was not found: ${theirs}.`);
  const borrowed = await failure(begin(cloud, fis, { roleArn: theirs }));
  assert.equal(borrowed.message, 'Cross-account pass role is not allowed.');
});

test('whatever a template says, it is refused or its experiment comes to an end', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  await fisRole(cloud);
  const name = fc.constantFrom('a', 'b', 'c', '__proto__');
  const text = fc.oneof(
    fc.constantFrom('PT1M', 'PT2H', 'ALL', 'COUNT(1)', '50', 'true', 'sqs', 'us-east-1', ROLE),
    fc.string({ maxLength: 20 }),
  );
  const action = fc.record(
    {
      actionId: fc.constantFrom(
        'aws:fis:wait',
        'aws:fis:inject-api-throttle-error',
        'aws:lambda:invocation-error',
        'cloudyard:region:dark',
        'aws:s3:bucket-pause-replication',
      ),
      parameters: fc.oneof(
        fc.constantFrom<Record<string, string>>(
          { duration: 'PT1M' },
          { duration: 'PT2H', region: 'eu-west-1' },
          { duration: 'PT1M', service: 'sqs', operations: 'ListQueues', percentage: '50' },
        ),
        fc.dictionary(
          fc.constantFrom('duration', 'service', 'operations', 'percentage', 'region', 'preventExecution'),
          text,
        ),
      ),
      targets: fc.oneof(
        fc.constantFrom<Record<string, string>>({}, { Roles: 'a' }),
        fc.dictionary(fc.constantFrom('Roles', 'Functions', 'Buckets'), name),
      ),
      startAfter: fc.array(name, { maxLength: 3 }),
    },
    { requiredKeys: ['actionId'] },
  );
  const target = fc.record(
    {
      resourceType: fc.constantFrom('aws:iam:role', 'aws:lambda:function', 'aws:s3:bucket'),
      selectionMode: text,
      resourceArns: fc.array(fc.constantFrom(ROLE, 'arn:aws:lambda:us-east-1:123456789012:function:none'), {
        maxLength: 2,
      }),
      resourceTags: fc.dictionary(name, text),
      filters: fc.array(fc.record({ path: text, values: fc.array(text, { maxLength: 2 }) }), { maxLength: 2 }),
    },
    { requiredKeys: ['resourceType', 'selectionMode'] },
  );
  const given = fc.record({
    actions: fc.dictionary(name, action, { maxKeys: 3 }),
    targets: fc.dictionary(name, target, { maxKeys: 3 }),
  });
  let begun = 0;
  await fc.assert(
    fc.asyncProperty(given, async (more) => {
      let experiment: Experiment & { id: string };
      try {
        experiment = await begin(cloud, fis, more as object);
      } catch (error) {
        assert.match(
          (error as FisError).code,
          /^(ValidationException|NotImplemented|SerializationException)$/,
          String(error),
        );
        return;
      }
      begun += 1;
      await cloud.advance(7 * 60 * MINUTE);
      assert.match(
        (await fis.GetExperiment({ id: experiment.id })).experiment.state?.status ?? '',
        /^(completed|failed)$/,
      );
      assert.deepEqual(cloud.server.cloud.kernel.faults.list(), []);
      await fis.DeleteExperimentTemplate({ id: experiment.experimentTemplateId ?? '' });
    }),
    { numRuns: 150 },
  );
  assert.ok(begun > 0, 'some of them begin');
});
