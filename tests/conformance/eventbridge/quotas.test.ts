/** Quotas of buses, rules, connections and API destinations, which can be raised. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateApiDestinationCommand,
  CreateConnectionCommand,
  CreateEventBusCommand,
  EventBridgeClient,
  PutPermissionCommand,
  PutRuleCommand,
} from '@aws-sdk/client-eventbridge';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';

const PLACE = { account: '123456789012', region: 'us-east-1' };
const FULL = 'LimitExceededException: The requested resource exceeds the maximum number allowed.';

function grant(cloud: TestCloud, code: string, name: string, value: number): void {
  const quota = { service: 'events', code, name, value: 0, adjustable: true, global: false };
  cloud.server.cloud.kernel.quotas.grant(PLACE, quota, value);
}

async function refused(promise: Promise<unknown>): Promise<string> {
  const { name, message } = await failure(promise);
  return `${name}: ${message}`;
}

test('connections and API destinations', async () => {
  await using cloud = await startTestCloud();
  const events = cloud.client(EventBridgeClient);
  const connect = (Name: string) =>
    events.send(
      new CreateConnectionCommand({
        Name,
        AuthorizationType: 'API_KEY',
        AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'x', ApiKeyValue: 'y' } },
      }),
    );
  const { ConnectionArn = '' } = await connect('one');
  const call = (Name: string) =>
    events.send(
      new CreateApiDestinationCommand({
        Name,
        ConnectionArn,
        InvocationEndpoint: 'https://example.com/',
        HttpMethod: 'POST',
      }),
    );
  await call('one');
  grant(cloud, 'L-595D6D42', 'Connections', 1);
  grant(cloud, 'L-FB1C3A6D', 'Api destinations', 1);
  assert.equal(await refused(connect('two')), FULL);
  assert.equal(await refused(call('two')), FULL);
  grant(cloud, 'L-595D6D42', 'Connections', 2);
  await connect('two');
});

test('buses, their policies and rules; rules with wildcards', async () => {
  await using cloud = await startTestCloud();
  const events = cloud.client(EventBridgeClient);
  grant(cloud, 'L-658A4FD9', 'Event buses', 2);
  const bus = (Name: string) => events.send(new CreateEventBusCommand({ Name }));
  await bus('mine');
  assert.equal(await refused(bus('other')), FULL);
  grant(cloud, 'L-FC354966', 'Event bus policy size', 100);
  const permit = new PutPermissionCommand({ Action: 'events:PutEvents', Principal: '210987654321', StatementId: 'a' });
  assert.equal((await failure(events.send(permit))).name, 'PolicyLengthExceededException');

  const rule = (Name: string, source: unknown) =>
    events.send(new PutRuleCommand({ Name, EventPattern: JSON.stringify({ source: [source] }) }));
  const WILD = { wildcard: 'a*' };
  for (let count = 0; count < 30; count += 1) await rule(`r${count}`, WILD);
  assert.equal(await refused(rule('more', WILD)), FULL);
  assert.equal(await refused(rule('more', { 'anything-but': WILD })), FULL);
  await rule('more', 'wildcard');
  await rule('r0', { wildcard: 'b*' });
});

test('Regions with fewer rules', async () => {
  await using cloud = await startTestCloud();
  const events = cloud.client(EventBridgeClient, { region: 'eu-south-1' });
  const rule = (Name: string) => events.send(new PutRuleCommand({ Name, EventPattern: '{"source":["a"]}' }));
  for (let count = 0; count < 100; count += 1) await rule(`r${count}`);
  assert.equal(await refused(rule('more')), FULL);
});
