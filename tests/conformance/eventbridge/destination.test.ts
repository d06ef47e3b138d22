import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateApiDestinationCommand,
  CreateConnectionCommand,
  type CreateConnectionCommandInput,
  DeauthorizeConnectionCommand,
  DeleteApiDestinationCommand,
  DeleteConnectionCommand,
  DescribeApiDestinationCommand,
  DescribeConnectionCommand,
  EventBridgeClient,
  ListApiDestinationsCommand,
  ListConnectionsCommand,
  PutEventsCommand,
  PutTargetsCommand,
  UpdateApiDestinationCommand,
  UpdateConnectionCommand,
} from '@aws-sdk/client-eventbridge';
import {
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  ReplicateSecretToRegionsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, ReceiveMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { BASIC, endpoint, world } from './destinations.ts';

test('a destination is called with its name and password, and what connection and target add', async () => {
  await using cloud = await startTestCloud();
  using partner = await endpoint(() => ({ status: 200 }));
  const { events, put } = await world(
    cloud,
    `${partner.url}/orders/*/lines`,
    {
      ...BASIC,
      AuthParameters: {
        ...BASIC.AuthParameters,
        InvocationHttpParameters: {
          HeaderParameters: [{ Key: 'X-Team', Value: 'a', IsValueSecret: false }],
          QueryStringParameters: [{ Key: 'v', Value: '2' }],
          BodyParameters: [{ Key: 'token', Value: 'deep', IsValueSecret: true }],
        },
      },
    },
    {
      target: {
        HttpParameters: {
          PathParameterValues: ['a/b'],
          HeaderParameters: { 'X-Team': 'lost', 'X-Own': 'b', Host: 'evil' },
          QueryStringParameters: { q: '1' },
        },
      },
    },
  );
  await put();
  const [one] = partner.heard;
  assert.deepEqual(
    [one?.method, one?.url, JSON.parse(one?.body ?? '')],
    ['POST', '/orders/a%2Fb/lines?q=1&v=2', { n: 1, token: 'deep' }],
  );
  const { authorization, 'x-team': team, 'x-own': own, 'content-type': type, 'user-agent': agent } = one?.headers ?? {};
  assert.deepEqual(
    [authorization, team, own, type, agent],
    [
      `Basic ${Buffer.from('me:hush').toString('base64')}`,
      'a',
      'b',
      'application/json; charset=utf-8',
      'Amazon/EventBridge/ApiDestinations',
    ],
  );
  assert.match(String(one?.headers.host), /^127\.0\.0\.1:/);
  // What is secret lies in Secrets Manager, and only there.
  const { SecretArn, AuthParameters, ConnectionState, AuthorizationType } = await events.send(
    new DescribeConnectionCommand({ Name: 'partner' }),
  );
  assert.deepEqual([ConnectionState, AuthorizationType], ['AUTHORIZED', 'BASIC']);
  assert.doesNotMatch(JSON.stringify(AuthParameters), /hush|deep/);
  assert.deepEqual(AuthParameters?.BasicAuthParameters, { Username: 'me' });
  assert.match(SecretArn ?? '', /:secret:events!connection\/partner\/[0-9a-f-]{36}-/);
  const { SecretString } = await cloud
    .client(SecretsManagerClient)
    .send(new GetSecretValueCommand({ SecretId: SecretArn }));
  assert.deepEqual([JSON.parse(SecretString ?? '').username, JSON.parse(SecretString ?? '').password], ['me', 'hush']);
});

test('a key is a header; a GET has no body', async () => {
  await using cloud = await startTestCloud();
  using partner = await endpoint(() => ({ status: 204 }));
  const { put } = await world(
    cloud,
    partner.url,
    {
      AuthorizationType: 'API_KEY',
      AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'X-Key', ApiKeyValue: 'k1' } },
    },
    { method: 'GET' },
  );
  await put();
  const [one] = partner.heard;
  assert.deepEqual([one?.method, one?.url, one?.body, one?.headers['x-key']], ['GET', '/', '', 'k1']);
});

test('a client gets a token, keeps it for its time, and gets another when it is refused', async () => {
  await using cloud = await startTestCloud();
  let tokens = 0;
  let good = 't1';
  using partner = await endpoint(({ url, headers }) => {
    if (url === '/token') {
      tokens += 1;
      return { status: 200, body: JSON.stringify({ access_token: `t${tokens}`, expires_in: 3600 }) };
    }
    return { status: headers.authorization === `Bearer ${good}` ? 200 : 401 };
  });
  const { events, put } = await world(cloud, `${partner.url}/orders`, {
    AuthorizationType: 'OAUTH_CLIENT_CREDENTIALS',
    AuthParameters: {
      OAuthParameters: {
        ClientParameters: { ClientID: 'id', ClientSecret: 'secret' },
        AuthorizationEndpoint: `${partner.url}/token`,
        HttpMethod: 'POST',
        OAuthHttpParameters: { BodyParameters: [{ Key: 'audience', Value: 'shop', IsValueSecret: false }] },
      },
    },
  });
  await cloud.server.cloud.settle();
  const { ConnectionState } = await events.send(new DescribeConnectionCommand({ Name: 'partner' }));
  assert.equal(ConnectionState, 'AUTHORIZED');
  assert.deepEqual(Object.fromEntries(new URLSearchParams(partner.heard[0]?.body)), {
    grant_type: 'client_credentials',
    client_id: 'id',
    client_secret: 'secret',
    audience: 'shop',
  });
  await put();
  await put();
  good = 't2';
  await put();
  await cloud.advance(3_600_000);
  good = 't3';
  await put();
  assert.deepEqual(
    partner.heard.map(({ url, headers }) => (url === '/token' ? 'token' : headers.authorization)),
    ['token', 'Bearer t1', 'Bearer t1', 'Bearer t1', 'token', 'Bearer t2', 'token', 'Bearer t3'],
  );
});

test('a client that gets no token is not authorized, and calls nothing', async () => {
  await using cloud = await startTestCloud();
  using partner = await endpoint(({ url }) => ({ status: url.startsWith('/token') ? 403 : 200 }));
  const { events, put } = await world(cloud, `${partner.url}/orders`, {
    AuthorizationType: 'OAUTH_CLIENT_CREDENTIALS',
    AuthParameters: {
      OAuthParameters: {
        ClientParameters: { ClientID: 'id', ClientSecret: 'secret' },
        AuthorizationEndpoint: `${partner.url}/token`,
        HttpMethod: 'GET',
      },
    },
  });
  await put();
  const { ConnectionState, StateReason } = await events.send(new DescribeConnectionCommand({ Name: 'partner' }));
  assert.equal(ConnectionState, 'DEAUTHORIZED');
  assert.match(StateReason ?? '', /the authorization endpoint returned status 403\.$/);
  const { ApiDestinationState } = await events.send(new DescribeApiDestinationCommand({ Name: 'orders' }));
  assert.equal(ApiDestinationState, 'INACTIVE');
  assert.deepEqual(
    partner.heard.map(({ url }) => url.split('?')[0]),
    ['/token'],
  );
});

test('what is refused for now is tried again when it is asked for; what is refused for good is buried', async () => {
  await using cloud = await startTestCloud();
  const answers = [
    { status: 429, headers: { 'retry-after': '60' } },
    { status: 503 },
    { status: 200 },
    { status: 404 },
  ];
  using partner = await endpoint(() => answers.shift() ?? { status: 500 });
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'lost' }));
  const dead = 'arn:aws:sqs:us-east-1:123456789012:lost';
  const open = {
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: dead,
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [open] });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  const { put } = await world(cloud, partner.url, BASIC, { target: { DeadLetterConfig: { Arn: dead } } });
  await put();
  await cloud.advance(59_000);
  assert.equal(partner.heard.length, 1);
  await cloud.advance(1_000);
  assert.equal(partner.heard.length, 2);
  await cloud.advance(60_000);
  assert.equal(partner.heard.length, 3);
  await cloud.advance(86_400_000);
  assert.equal(partner.heard.length, 3);
  await put();
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ['All'] }));
  const attributes = Messages?.[0]?.MessageAttributes ?? {};
  assert.deepEqual(
    [Messages?.[0]?.Body, attributes.ERROR_CODE?.StringValue, attributes.ERROR_MESSAGE?.StringValue],
    ['{"n":1}', 'SDK_CLIENT_ERROR', 'Unable to invoke ApiDestination endpoint: The endpoint returned status 404.'],
  );
});

test('calls beyond the rate wait for their turn', async () => {
  await using cloud = await startTestCloud({ clock: 'real' });
  using partner = await endpoint(() => ({ status: 200 }));
  const { events } = await world(cloud, partner.url, BASIC, { rate: 2 });
  const Entries = Array.from({ length: 10 }, () => ({ Source: 'shop', DetailType: 't', Detail: '{}' }));
  await events.send(new PutEventsCommand({ Entries }));
  await cloud.server.cloud.settle();
  // Ten at two a second: two go at once, the others in the seconds after.
  assert.ok(partner.heard.length < 10, `${partner.heard.length} were called at once`);
});

test('a role must be allowed to call a destination', async () => {
  await using cloud = await startTestCloud();
  using partner = await endpoint(() => ({ status: 200 }));
  const { events, put, Arn } = await world(cloud, partner.url, BASIC, { may: 'sqs:SendMessage' });
  await put();
  assert.equal(partner.heard.length, 0);
  const error = await failure(
    events.send(new PutTargetsCommand({ Rule: 'shop', Targets: [{ Id: 'x', Arn, Input: '1' }] })),
  );
  assert.equal(error.message, `RoleArn is required for target ${Arn}.`);
});

test('connections and destinations are changed, listed and removed', async () => {
  await using cloud = await startTestCloud();
  using partner = await endpoint(() => ({ status: 200 }));
  const { events, put, ConnectionArn, Arn } = await world(cloud, partner.url, BASIC);
  await events.send(
    new UpdateConnectionCommand({ Name: 'partner', AuthParameters: { BasicAuthParameters: { Password: 'new' } } }),
  );
  await put();
  assert.equal(partner.heard[0]?.headers.authorization, `Basic ${Buffer.from('me:new').toString('base64')}`);
  await events.send(
    new UpdateApiDestinationCommand({ Name: 'orders', InvocationEndpoint: `${partner.url}/v2`, Description: 'new' }),
  );
  await put();
  assert.equal(partner.heard[1]?.url, '/v2');
  // What somebody has written over the secret tells nothing.
  const { SecretArn } = await events.send(new DescribeConnectionCommand({ Name: 'partner' }));
  await cloud.client(SecretsManagerClient).send(new PutSecretValueCommand({ SecretId: SecretArn, SecretString: 'a' }));
  const again = (Password: string, more = {}) =>
    events.send(
      new UpdateConnectionCommand({
        Name: 'partner',
        AuthParameters: { BasicAuthParameters: { Password, ...more } },
      }),
    );
  assert.equal((await failure(again('newer'))).name, 'ValidationException');
  await again('newer', { Username: 'me' });
  const { Connections } = await events.send(new ListConnectionsCommand({ NamePrefix: 'part' }));
  assert.deepEqual(
    Connections?.map((one) => [one.Name, one.ConnectionState]),
    [['partner', 'AUTHORIZED']],
  );
  const { ApiDestinations } = await events.send(new ListApiDestinationsCommand({ ConnectionArn }));
  assert.deepEqual(
    ApiDestinations?.map((one) => [one.ApiDestinationArn, one.ApiDestinationState, one.InvocationRateLimitPerSecond]),
    [[Arn, 'ACTIVE', 300]],
  );
  const gone = await events.send(new DeauthorizeConnectionCommand({ Name: 'partner' }));
  assert.equal(gone.ConnectionState, 'DEAUTHORIZING');
  const secrets = () => cloud.client(SecretsManagerClient).send(new ListSecretsCommand({}));
  assert.deepEqual((await secrets()).SecretList, []);
  const { ApiDestinationState, Description } = await events.send(new DescribeApiDestinationCommand({ Name: 'orders' }));
  assert.deepEqual([ApiDestinationState, Description], ['INACTIVE', 'new']);
  await events.send(new DeleteApiDestinationCommand({ Name: 'orders' }));
  await events.send(new DeleteConnectionCommand({ Name: 'partner' }));
  for (const [call, message] of [
    [
      new DescribeConnectionCommand({ Name: 'partner' }),
      "Failed to describe the connection(s). Connection 'partner' does not exist.",
    ],
    [
      new DescribeApiDestinationCommand({ Name: 'orders' }),
      "Failed to describe the api-destination(s). An api-destination 'orders' does not exist.",
    ],
  ] as const) {
    const error = await failure(events.send(call as DescribeConnectionCommand));
    assert.deepEqual([error.name, error.message], ['ResourceNotFoundException', message]);
  }
  // A secret that has copies in other Regions stays.
  await events.send(new CreateConnectionCommand({ Name: 'copied', ...BASIC }));
  const { SecretArn: SecretId } = await events.send(new DescribeConnectionCommand({ Name: 'copied' }));
  const copies = { SecretId, AddReplicaRegions: [{ Region: 'eu-west-1' }] };
  await cloud.client(SecretsManagerClient).send(new ReplicateSecretToRegionsCommand(copies));
  await events.send(new DeleteConnectionCommand({ Name: 'copied' }));
  assert.deepEqual(
    (await secrets()).SecretList?.map(({ ARN }) => ARN),
    [SecretId],
  );
});

test('what a connection needs is asked for', async () => {
  await using cloud = await startTestCloud();
  const events = cloud.client(EventBridgeClient);
  const why = async (input: Omit<CreateConnectionCommandInput, 'Name'>) =>
    (await failure(events.send(new CreateConnectionCommand({ Name: 'partner', ...input })))).message;
  assert.equal(
    await why({ AuthorizationType: 'API_KEY', AuthParameters: BASIC.AuthParameters }),
    'Parameter ApiKeyAuthParameters is not valid. Reason: Missing required field(s)',
  );
  await events.send(new CreateConnectionCommand({ Name: 'partner', ...BASIC }));
  assert.equal(await why(BASIC), 'Connection partner already exists.');
  const destination = { Name: 'd', HttpMethod: 'POST', InvocationEndpoint: 'https://example.com' } as const;
  const { ConnectionArn } = await events.send(new DescribeConnectionCommand({ Name: 'partner' }));
  const fault = async (change: object) =>
    (await failure(events.send(new CreateApiDestinationCommand({ ...destination, ConnectionArn, ...change })))).message;
  assert.equal(
    await fault({ InvocationEndpoint: 'http://example.com' }),
    "Parameter InvocationEndpoint is not valid. Reason: Endpoint 'http://example.com' is not valid",
  );
  const other = ConnectionArn?.replace(/.{4}$/, '0000') ?? '';
  assert.equal(await fault({ ConnectionArn: other }), `Connection '${other}' does not exist.`);
  const elsewhere = other.replace('us-east-1', 'us-west-2');
  assert.equal(await fault({ ConnectionArn: elsewhere }), `Invalid ARN: '${elsewhere}'`);
});
