/**
 * Event source mappings under crashes: whatever a queue or a table's stream has taken reaches its function, however often the function fails and the
 * cloud is killed; changes of one item in order. Events that were accepted asynchronously, too.
 */
import assert from 'node:assert/strict';
import { SimulatedFunctions } from '#engines/function/simulated';
import { type Simulation, simulate } from '../support/simulation.ts';

const ACCOUNT = '123456789012';
const PLACE = 'us-east-1';
const ROUNDS = 25;

/** What functions have taken, in order. */
const taken: { jobs: string[]; changes: string[]; events: string[] } = { jobs: [], changes: [], events: [] };
const failures = new Map<string, number>();

/** Fails the first times it sees some of what there is. */
function mayFail(text: string): void {
  const times = failures.get(text) ?? 0;
  if (times >= Number(/\d$/.exec(text)?.[0] ?? 0) % 3) return;
  failures.set(text, times + 1);
  throw new Error('not yet');
}

function engines() {
  for (const list of Object.values(taken)) list.length = 0;
  failures.clear();
  const texts = (event: unknown) => (event as { Records: { body: string }[] }).Records.map(({ body }) => body);
  const changes = (event: unknown) =>
    (event as { Records: { dynamodb: { NewImage: { id: { S: string }; n: { N: string } } } }[] }).Records.map(
      ({ dynamodb: { NewImage } }) => `${NewImage.id.S} ${NewImage.n.N}`,
    );
  return {
    function: new SimulatedFunctions({
      jobs: (event) => {
        for (const text of texts(event)) mayFail(text);
        taken.jobs.push(...texts(event));
      },
      changes: (event) => {
        for (const text of changes(event)) mayFail(text);
        taken.changes.push(...changes(event));
      },
      events: (event) => {
        mayFail((event as { text: string }).text);
        taken.events.push((event as { text: string }).text);
      },
    }),
  };
}

async function furnish(simulation: Simulation): Promise<void> {
  const aws = simulation.cloud.aws(ACCOUNT, PLACE);
  const allow = (statement: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
  await aws.iam.CreateRole({
    RoleName: 'works',
    AssumeRolePolicyDocument: allow({ Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }),
  });
  await aws.iam.PutRolePolicy({
    RoleName: 'works',
    PolicyName: 'all',
    PolicyDocument: allow({ Action: '*', Resource: '*' }),
  });
  for (const FunctionName of ['jobs', 'changes', 'events'])
    await aws.lambda.CreateFunction({
      FunctionName,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: `arn:aws:iam::${ACCOUNT}:role/works`,
      Code: { ZipFile: Buffer.from('simulated') },
    });
  await aws.sqs.CreateQueue({ QueueName: 'jobs' });
  const { TableDescription } = await aws.dynamodb.CreateTable({
    TableName: 'items',
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
  });
  await aws.lambda.CreateEventSourceMapping({
    FunctionName: 'jobs',
    EventSourceArn: `arn:aws:sqs:${PLACE}:${ACCOUNT}:jobs`,
    BatchSize: 3,
  });
  await aws.lambda.CreateEventSourceMapping({
    FunctionName: 'changes',
    EventSourceArn: TableDescription?.LatestStreamArn ?? '',
    StartingPosition: 'TRIM_HORIZON',
    ParallelizationFactor: 2,
    BisectBatchOnFunctionError: true,
  });
  await simulation.settle();
}

simulate(
  'tests/sim/lambda.test.ts',
  4,
  async (simulation) => {
    await furnish(simulation);
    const sent: typeof taken = { jobs: [], changes: [], events: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      const text = `text ${round}`;
      const kind = simulation.pick(['job', 'job', 'change', 'change', 'event', 'wait', 'crash'] as const);
      if (kind === 'job') {
        const QueueUrl = `http://localhost/${ACCOUNT}/jobs`;
        const DelaySeconds = simulation.chance(4) ? 20 : 0;
        const { kind: how } = await simulation.call('sqs', 'SendMessage', {
          QueueUrl,
          MessageBody: text,
          DelaySeconds,
        });
        if (how === 'done') sent.jobs.push(text);
      } else if (kind === 'change') {
        const id = simulation.pick(['a', 'b', 'c']);
        const Item = { id: { S: id }, n: { N: String(round) } };
        const { kind: how } = await simulation.call('dynamodb', 'PutItem', { TableName: 'items', Item });
        if (how === 'done') sent.changes.push(`${id} ${round}`);
      } else if (kind === 'event') {
        const aws = simulation.cloud.aws(ACCOUNT, PLACE);
        const Payload = Buffer.from(JSON.stringify({ text }));
        await aws.lambda.Invoke({ FunctionName: 'events', InvocationType: 'Event', Payload });
        await simulation.cloud.kernel.store.durable();
        sent.events.push(text);
      } else if (kind === 'wait') await simulation.advance(simulation.random.below(40_000));
      else await simulation.crash();
    }
    await simulation.advance(20 * 60_000);
    for (const kind of ['jobs', 'events'] as const)
      for (const text of sent[kind]) assert.ok(taken[kind].includes(text), `${text} of ${kind} reached its function`);
    for (const id of ['a', 'b', 'c']) {
      const mine = (list: readonly string[]) => list.filter((text) => text.startsWith(`${id} `));
      // Seen again is allowed, seen first out of order is not.
      assert.deepEqual([...new Set(mine(taken.changes))], mine(sent.changes), `changes of ${id} in order`);
    }
    const { Attributes } = await simulation.cloud.aws(ACCOUNT, PLACE).sqs.GetQueueAttributes({
      QueueUrl: `http://localhost/${ACCOUNT}/jobs`,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    });
    assert.deepEqual(Object.values(Attributes ?? {}), ['0', '0'], 'nothing is left in the queue');
  },
  engines,
);
