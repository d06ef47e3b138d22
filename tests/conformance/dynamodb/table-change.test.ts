/** What is answered while a table is made and changed, and what changes are refused. Source of texts: recorded answers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DescribeTableCommand,
  type TableDescription,
  UpdateTableCommand,
  type UpdateTableCommandInput,
} from '@aws-sdk/client-dynamodb';
import { failure, START } from '../../support/cloud.ts';
import { schema, startWorld, type World } from './world.ts';

const HOUR = 3_600_000;

const TableName = 'things';
const UNITS = { ReadCapacityUnits: 5, WriteCapacityUnits: 5 };
const byKind = {
  IndexName: 'byKind',
  KeySchema: schema('kind:S').KeySchema,
  Projection: { ProjectionType: 'ALL' },
} as const;

const described = async ({ db }: World, name = TableName): Promise<TableDescription> =>
  (await db.send(new DescribeTableCommand({ TableName: name }))).Table ?? {};
const update = async ({ db }: World, change: Partial<UpdateTableCommandInput>): Promise<TableDescription> =>
  (await db.send(new UpdateTableCommand({ TableName, ...change }))).TableDescription ?? {};
const refusal = async (world: World, change: Partial<UpdateTableCommandInput>) => {
  const { name, message } = await failure(update(world, change));
  assert.equal(name, 'ValidationException');
  return message;
};
const make = async ({ db }: World, more: Partial<CreateTableCommandInput>): Promise<TableDescription> =>
  (
    await db.send(
      new CreateTableCommand({ TableName: 'made', BillingMode: 'PAY_PER_REQUEST', ...schema('id:S'), ...more }),
    )
  ).TableDescription ?? {};

/** A table with the index `byKind`. */
const startIndexed = (more: Partial<CreateTableCommandInput> = {}) =>
  startWorld('id:S', {
    AttributeDefinitions: schema('kind:S').AttributeDefinitions,
    GlobalSecondaryIndexes: [byKind],
    ...more,
  });

test('the answer that a table is made says so, and is silent of what is known later', async () => {
  await using world = await startWorld();
  const indexed = { ...schema('id:S kind:S'), GlobalSecondaryIndexes: [byKind] };
  const { TableStatus, WarmThroughput, BillingModeSummary, GlobalSecondaryIndexes } = await make(world, indexed);
  assert.deepEqual(
    [TableStatus, WarmThroughput, BillingModeSummary],
    ['CREATING', undefined, { BillingMode: 'PAY_PER_REQUEST' }],
  );
  const [index] = GlobalSecondaryIndexes ?? [];
  assert.deepEqual([index?.IndexStatus, index?.WarmThroughput], ['CREATING', undefined]);
  const table = await described(world, 'made');
  assert.deepEqual(
    [table.TableStatus, table.GlobalSecondaryIndexes?.[0]?.IndexStatus, table.BillingModeSummary],
    ['ACTIVE', 'ACTIVE', { BillingMode: 'PAY_PER_REQUEST', LastUpdateToPayPerRequestDateTime: new Date(START) }],
  );
  const gone = await world.db.send(new DeleteTableCommand({ TableName: 'made' }));
  assert.deepEqual(
    [gone.TableDescription?.TableStatus, gone.TableDescription?.WarmThroughput],
    ['DELETING', undefined],
  );
});

test('the answer to a change tells the throughput and the class that were', async () => {
  await using world = await startWorld('id:S', { BillingMode: 'PROVISIONED', ProvisionedThroughput: UNITS });
  const units = ({ ProvisionedThroughput: { ReadCapacityUnits, WriteCapacityUnits } = {} }: TableDescription) => [
    ReadCapacityUnits,
    WriteCapacityUnits,
  ];
  const raised = await update(world, { ProvisionedThroughput: { ReadCapacityUnits: 7, WriteCapacityUnits: 5 } });
  assert.deepEqual([raised.TableStatus, units(raised), units(await described(world))], ['UPDATING', [5, 5], [7, 5]]);
  const rare = await update(world, { TableClass: 'STANDARD_INFREQUENT_ACCESS' });
  assert.equal(rare.TableClassSummary, undefined);
  assert.equal((await described(world)).TableClassSummary?.TableClass, 'STANDARD_INFREQUENT_ACCESS');
  const warmed = await update(world, { WarmThroughput: { ReadUnitsPerSecond: 20, WriteUnitsPerSecond: 20 } });
  assert.deepEqual(warmed.WarmThroughput, { ReadUnitsPerSecond: 7, WriteUnitsPerSecond: 5, Status: 'UPDATING' });
  const onDemand = await update(world, { BillingMode: 'PAY_PER_REQUEST' });
  assert.deepEqual([onDemand.BillingModeSummary, units(onDemand)], [{ BillingMode: 'PAY_PER_REQUEST' }, [0, 0]]);
});

test('a table that was on demand stays as warm as that, and its indexes count the switch as a decrease', async () => {
  const large = { ReadCapacityUnits: 20_000, WriteCapacityUnits: 5 };
  await using world = await startIndexed({
    BillingMode: 'PROVISIONED',
    ProvisionedThroughput: large,
    GlobalSecondaryIndexes: [{ ...byKind, ProvisionedThroughput: UNITS }],
  });
  const warm = async () => {
    const { WarmThroughput: table, GlobalSecondaryIndexes: [index] = [] } = await described(world);
    return [table, index?.WarmThroughput].map((one) => [one?.ReadUnitsPerSecond, one?.WriteUnitsPerSecond]);
  };
  await update(world, { BillingMode: 'PAY_PER_REQUEST' });
  assert.deepEqual(await warm(), [
    [20_000, 4_000],
    [12_000, 4_000],
  ]);
  const { GlobalSecondaryIndexes: [index] = [], ProvisionedThroughput: table } = await described(world);
  assert.deepEqual([table?.NumberOfDecreasesToday, index?.ProvisionedThroughput?.NumberOfDecreasesToday], [0, 1]);
  await update(world, {
    BillingMode: 'PROVISIONED',
    ProvisionedThroughput: UNITS,
    GlobalSecondaryIndexUpdates: [{ Update: { IndexName: 'byKind', ProvisionedThroughput: UNITS } }],
  });
  assert.deepEqual(await warm(), [
    [20_000, 4_000],
    [12_000, 4_000],
  ]);
});

test('tables and indexes are warmed up', async () => {
  await using world = await startWorld();
  const WarmThroughput = { ReadUnitsPerSecond: 14_000, WriteUnitsPerSecond: 5_000 };
  const made = await make(world, {
    WarmThroughput,
    ...schema('id:S kind:S'),
    KeySchema: schema('id:S').KeySchema,
    GlobalSecondaryIndexes: [{ ...byKind, WarmThroughput }],
  });
  assert.deepEqual(made.WarmThroughput, { ...WarmThroughput, Status: 'UPDATING' });
  const { WarmThroughput: table, GlobalSecondaryIndexes } = await described(world, 'made');
  const warm = { ...WarmThroughput, Status: 'ACTIVE' };
  assert.deepEqual([table, GlobalSecondaryIndexes?.[0]?.WarmThroughput], [warm, warm]);
});

test('who provisions a table provisions its indexes, and limits on demand are gone', async () => {
  await using world = await startIndexed({
    OnDemandThroughput: { MaxReadRequestUnits: 200 },
    GlobalSecondaryIndexes: [{ ...byKind, OnDemandThroughput: { MaxReadRequestUnits: 100 } }],
  });
  const provision = { BillingMode: 'PROVISIONED', ProvisionedThroughput: UNITS } as const;
  const ofIndex = { GlobalSecondaryIndexUpdates: [{ Update: { IndexName: 'byKind', ProvisionedThroughput: UNITS } }] };
  assert.equal(
    await refusal(world, provision),
    'One or more parameter values were invalid: ProvisionedThroughput must be specified for index: byKind',
  );
  await world.cloud.advance(60_000);
  await update(world, { ...provision, ...ofIndex });
  const table = await described(world);
  const [index] = table.GlobalSecondaryIndexes ?? [];
  assert.deepEqual(
    [table.OnDemandThroughput, index?.OnDemandThroughput, index?.ProvisionedThroughput?.ReadCapacityUnits],
    [undefined, undefined, 5],
  );
  assert.deepEqual(table.BillingModeSummary, {
    BillingMode: 'PROVISIONED',
    LastUpdateToPayPerRequestDateTime: new Date(START),
  });
  const same = (of: string, current = of) =>
    `The provisioned throughput for ${of} will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for ${current}: 5. Requested ReadCapacityUnits: 5. Current WriteCapacityUnits provisioned for ${current}: 5. Requested WriteCapacityUnits: 5. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.`;
  assert.equal(await refusal(world, { ProvisionedThroughput: UNITS }), same('the table'));
  assert.equal(await refusal(world, ofIndex), same('the index byKind', 'index byKind'));
  await update(world, { BillingMode: 'PAY_PER_REQUEST' });
  const again = await described(world);
  assert.deepEqual(
    [again.OnDemandThroughput, again.BillingModeSummary?.LastUpdateToPayPerRequestDateTime],
    [undefined, new Date(START + 60_000)],
  );
  assert.match(
    await refusal(world, ofIndex),
    /The only Updates for index: byKind when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, /,
  );
});

test('limits on demand are changed one by one, taken away by -1, and only for tables on demand', async () => {
  await using world = await startWorld();
  const limits = (read?: number, write?: number) => ({
    OnDemandThroughput: {
      ...(read !== undefined && { MaxReadRequestUnits: read }),
      ...(write !== undefined && { MaxWriteRequestUnits: write }),
    },
  });
  await update(world, limits(10, 20));
  await update(world, limits(undefined, 30));
  assert.deepEqual((await described(world)).OnDemandThroughput, { MaxReadRequestUnits: 10, MaxWriteRequestUnits: 30 });
  const { OnDemandThroughput: shown } = await update(world, limits(-1));
  assert.deepEqual(shown, { MaxReadRequestUnits: -1, MaxWriteRequestUnits: 30 });
  assert.deepEqual((await described(world)).OnDemandThroughput, { MaxWriteRequestUnits: 30 });
  const invalid = 'One or more parameter values were invalid:';
  assert.equal(
    await refusal(world, limits(0)),
    `${invalid} Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of valid range`,
  );
  const provisioned = { BillingMode: 'PROVISIONED', ProvisionedThroughput: UNITS } as const;
  const refused = await failure(make(world, { ...provisioned, ...limits(undefined, 5) }));
  assert.equal(
    refused.message,
    `${invalid} MaxWriteRequestUnits for OnDemandThroughput cannot be specified when table BillingMode is PROVISIONED.`,
  );
  assert.equal(
    await refusal(world, { ...provisioned, ...limits(5) }),
    `${invalid} MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED`,
  );
});

test('an answer shows the index that goes and the key that changes', async () => {
  await using world = await startIndexed();
  const shown = await update(world, { GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'byKind' } }] });
  assert.deepEqual(
    shown.GlobalSecondaryIndexes?.map(({ IndexName, IndexStatus }) => [IndexName, IndexStatus]),
    [['byKind', 'DELETING']],
  );
  assert.equal((await described(world)).GlobalSecondaryIndexes, undefined);
  const sealed = await update(world, { SSESpecification: { Enabled: true } });
  assert.deepEqual([sealed.SSEDescription?.Status, sealed.SSEDescription?.SSEType], ['UPDATING', 'KMS']);
  const opened = await update(world, { SSESpecification: { Enabled: false } });
  assert.deepEqual(opened.SSEDescription, sealed.SSEDescription);
  assert.equal((await described(world)).SSEDescription, undefined);
});

test('a class is told with when it was changed', async () => {
  await using world = await startWorld('id:S', { TableClass: 'STANDARD' });
  assert.deepEqual((await described(world)).TableClassSummary, { TableClass: 'STANDARD' });
  await update(world, { TableClass: 'STANDARD_INFREQUENT_ACCESS' });
  assert.deepEqual((await described(world)).TableClassSummary, {
    TableClass: 'STANDARD_INFREQUENT_ACCESS',
    LastUpdateDateTime: new Date(START),
  });
});

test('a table is put on demand four times a day, and into another class twice in 30 days', async () => {
  await using world = await startWorld();
  const { db, cloud } = world;
  const change = (what: Partial<UpdateTableCommandInput>) => db.send(new UpdateTableCommand({ TableName, ...what }));
  const ProvisionedThroughput = { ReadCapacityUnits: 1, WriteCapacityUnits: 1 };
  const there = () => change({ BillingMode: 'PROVISIONED', ProvisionedThroughput });
  const back = () => change({ BillingMode: 'PAY_PER_REQUEST' });
  // That it was made so is the first time.
  for (let round = 0; round < 3; round += 1) {
    await there();
    await cloud.advance(HOUR);
    await back();
  }
  await there();
  const refused = await failure(back());
  assert.deepEqual(
    [refused.name, refused.message],
    [
      'LimitExceededException',
      'Subscriber limit exceeded: Update to PayPerRequest mode are limited to 4 times in 1 day(s). Last update at Thu Jan 01 03:00:00 UTC 2026. Next update can be made at Fri Jan 02 00:00:00 UTC 2026',
    ],
  );
  await cloud.advance(21 * HOUR);
  await back();
  await change({ TableClass: 'STANDARD_INFREQUENT_ACCESS' });
  await change({ TableClass: 'STANDARD' });
  const again = () => change({ TableClass: 'STANDARD_INFREQUENT_ACCESS' });
  assert.equal((await failure(again())).name, 'LimitExceededException');
  await cloud.advance(30 * 24 * HOUR);
  await again();
});

test('definitions that a new index has no use for are left', async () => {
  await using world = await startWorld();
  await update(world, {
    AttributeDefinitions: schema('kind:S id:N other:N').AttributeDefinitions,
    GlobalSecondaryIndexUpdates: [{ Create: byKind }],
  });
  assert.deepEqual((await described(world)).AttributeDefinitions, schema('id:S kind:S').AttributeDefinitions);
});

test('while the limits of an index change its table stays as it is, and the answer tells the limits it had', async () => {
  const told = ({ TableStatus, GlobalSecondaryIndexes: [index] = [] }: TableDescription) => ({
    TableStatus,
    IndexStatus: index?.IndexStatus,
    read: index?.ProvisionedThroughput?.ReadCapacityUnits,
    most: index?.OnDemandThroughput?.MaxReadRequestUnits,
    warm: [index?.WarmThroughput?.ReadUnitsPerSecond, index?.WarmThroughput?.Status],
  });
  const limits = (Update: object) => ({
    GlobalSecondaryIndexUpdates: [{ Update: { IndexName: 'byKind', ...Update } }],
  });
  const ACTIVE = { TableStatus: 'ACTIVE', IndexStatus: 'ACTIVE' };
  await using world = await startIndexed();
  const capped = { ...ACTIVE, read: 0, most: 50, warm: [12_000, 'ACTIVE'] };
  assert.deepEqual(told(await update(world, limits({ OnDemandThroughput: { MaxReadRequestUnits: 50 } }))), {
    ...capped,
    IndexStatus: 'UPDATING',
  });
  assert.deepEqual(told(await described(world)), capped);
  const warm = limits({ WarmThroughput: { ReadUnitsPerSecond: 13_000 } });
  assert.deepEqual(told(await update(world, warm)), { ...capped, warm: [12_000, 'UPDATING'] });
  assert.deepEqual(told(await described(world)), { ...capped, warm: [13_000, 'ACTIVE'] });
  assert.deepEqual(told(await update(world, warm)), { ...capped, warm: [13_000, 'ACTIVE'] });
  const provision = { BillingMode: 'PROVISIONED', ProvisionedThroughput: UNITS } as const;
  const provisioned = { ...ACTIVE, read: 5, most: undefined, warm: [13_000, 'ACTIVE'] };
  assert.deepEqual(told(await update(world, { ...provision, ...limits({ ProvisionedThroughput: UNITS }) })), {
    ...provisioned,
    TableStatus: 'UPDATING',
    IndexStatus: 'UPDATING',
  });
  const more = limits({ ProvisionedThroughput: { ...UNITS, ReadCapacityUnits: 9 } });
  assert.deepEqual(told(await update(world, more)), { ...provisioned, IndexStatus: 'UPDATING' });
  assert.deepEqual(told(await described(world)), { ...provisioned, read: 9 });
});

test('what an index holds beside its key is told by name; what it is warmed up to, later', async () => {
  await using world = await startWorld();
  const Projection = { ProjectionType: 'INCLUDE' as const, NonKeyAttributes: ['zz', 'aa', 'mm'] };
  const WarmThroughput = { ReadUnitsPerSecond: 13_000 };
  const indexes = { ...schema('id:S kind:S'), GlobalSecondaryIndexes: [{ ...byKind, Projection, WarmThroughput }] };
  const shown = await make(world, { ...indexes, KeySchema: schema('id:S').KeySchema });
  const sorted = { ...Projection, NonKeyAttributes: ['aa', 'mm', 'zz'] };
  const [made] = shown.GlobalSecondaryIndexes ?? [];
  assert.deepEqual([made?.Projection, made?.WarmThroughput], [sorted, undefined]);
  const [later] = (await described(world, 'made')).GlobalSecondaryIndexes ?? [];
  assert.deepEqual([later?.Projection, later?.WarmThroughput?.ReadUnitsPerSecond], [sorted, 13_000]);
});

test('what is provisioned with less is as warm as it was', async () => {
  await using world = await startIndexed({
    BillingMode: 'PROVISIONED',
    ProvisionedThroughput: UNITS,
    GlobalSecondaryIndexes: [{ ...byKind, ProvisionedThroughput: { ReadCapacityUnits: 130, WriteCapacityUnits: 45 } }],
  });
  const less = { ReadCapacityUnits: 1, WriteCapacityUnits: 1 };
  const ofIndex = (ProvisionedThroughput: typeof UNITS) => ({
    GlobalSecondaryIndexUpdates: [{ Update: { IndexName: 'byKind', ProvisionedThroughput } }],
  });
  const warm = async () => {
    const { WarmThroughput: table, GlobalSecondaryIndexes: [index] = [] } = await described(world);
    const { WarmThroughput: own } = index ?? {};
    return [table, own].map((one) => [one?.ReadUnitsPerSecond, one?.WriteUnitsPerSecond]);
  };
  await update(world, { ProvisionedThroughput: { ...UNITS, WriteCapacityUnits: 2 }, ...ofIndex(less) });
  assert.deepEqual(await warm(), [
    [5, 5],
    [130, 45],
  ]);
  await update(world, ofIndex({ ReadCapacityUnits: 200, WriteCapacityUnits: 9 }));
  assert.deepEqual((await warm())[1], [200, 45]);
});
