import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateApiKeyCommand,
  CreateAuthorizerCommand,
  CreateUsagePlanCommand,
  CreateUsagePlanKeyCommand,
  FlushStageAuthorizersCacheCommand,
  GetRestApiCommand,
  GetUsageCommand,
  PutRestApiCommand,
  UpdateRestApiCommand,
  UpdateStageCommand,
  UpdateUsageCommand,
} from '@aws-sdk/client-api-gateway';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { START, startTestCloud } from '../../support/cloud.ts';
import { signHeaders } from '../../support/sign.ts';
import { apiFunction, createApi } from './world.ts';

const AUTHORIZER = `let asked = 0;
export const handler = async ({ authorizationToken: token, methodArn }) => {
  asked += 1;
  if (token === 'nobody') throw new Error('Unauthorized');
  if (token === 'broken') return { principalId: 'x' };
  const Effect = token === 'deny' ? 'Deny' : 'Allow';
  const Resource = token === 'other' ? methodArn + '/other' : methodArn;
  return { principalId: 'who', policyDocument: { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect, Resource }] }, context: { asked, token } };
};`;

test('authorizers: tokens, answers that are kept, refusals', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { client, restApiId } = api;
  const authorizerUri = await apiFunction(cloud, 'authorizer', AUTHORIZER);
  const { id: authorizerId } = await client.send(
    new CreateAuthorizerCommand({
      restApiId,
      name: 'one',
      type: 'TOKEN',
      authorizerUri,
      identitySource: 'method.request.header.X-Token',
      identityValidationExpression: '[a-z]+',
      authorizerResultTtlInSeconds: 60,
    }),
  );
  await api.method(api.rootResourceId, 'GET', {}, { authorizationType: 'CUSTOM', authorizerId });
  await api.response(
    api.rootResourceId,
    'GET',
    '200',
    '$context.authorizer.principalId $context.authorizer.token $context.authorizer.asked',
  );
  await api.deploy();
  const ask = async (token?: string) => {
    const { status, text, headers } = await api.visit(
      '/v1',
      token === undefined ? {} : { headers: { 'x-token': token } },
    );
    return status === 200 ? text : [status, text, headers['x-amzn-errortype']];
  };
  assert.deepEqual(await ask(), [401, '{"message":"Unauthorized"}', 'UnauthorizedException']);
  assert.deepEqual(await ask('123'), [401, '{"message":"Unauthorized"}', 'UnauthorizedException']);
  assert.equal(await ask('good'), 'who good 1');
  assert.equal(await ask('good'), 'who good 1');
  await cloud.advance(61_000);
  assert.equal(await ask('good'), 'who good 2');
  await client.send(new FlushStageAuthorizersCacheCommand({ restApiId, stageName: 'v1' }));
  assert.equal(await ask('good'), 'who good 3');
  assert.deepEqual(await ask('nobody'), [401, '{"message":"Unauthorized"}', 'UnauthorizedException']);
  assert.deepEqual(await ask('deny'), [
    403,
    '{"Message":"User is not authorized to access this resource with an explicit deny in an identity-based policy"}',
    'AccessDeniedException',
  ]);
  assert.deepEqual(await ask('other'), [
    403,
    '{"Message":"User is not authorized to access this resource because no identity-based policy allows the execute-api:Invoke action"}',
    'AccessDeniedException',
  ]);
  assert.deepEqual(await ask('broken'), [500, '{"message":null}', 'AuthorizerConfigurationException']);
});

test('IAM decides over signed requests, together with the policy of the API', async () => {
  await using cloud = await startTestCloud();
  const policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: '*',
        Action: 'execute-api:Invoke',
        Resource: 'arn:aws:execute-api:us-east-1:123456789012:*',
      },
      {
        Effect: 'Deny',
        Principal: '*',
        Action: 'execute-api:Invoke',
        Resource: 'arn:aws:execute-api:us-east-1:123456789012:*/v1/GET/closed',
      },
    ],
  });
  const api = await createApi(cloud, { policy });
  for (const name of ['open', 'closed', 'signed']) {
    const id = await api.resource(name);
    await api.method(id, 'GET', {}, { authorizationType: name === 'signed' ? 'AWS_IAM' : 'NONE' });
    await api.response(id, 'GET', '200', '$context.identity.user');
  }
  await api.deploy();
  assert.equal((await api.visit('/v1/open')).status, 200);
  const closed = await api.visit('/v1/closed');
  assert.deepEqual(
    [closed.status, closed.text],
    [
      403,
      `{"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:********9012:${api.restApiId}/v1/GET/closed with an explicit deny in a resource-based policy"}`,
    ],
  );
  const unsigned = await api.visit('/v1/signed');
  assert.deepEqual([unsigned.status, unsigned.text], [403, '{"message":"Missing Authentication Token"}']);
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
  const keys = { accessKeyId: AccessKey?.AccessKeyId ?? '', secret: AccessKey?.SecretAccessKey ?? '' };
  const host = `${api.restApiId}.execute-api.us-east-1.localhost:${new URL(cloud.url).port}`;
  const visit = (secret = keys.secret) => {
    const asked = { method: 'GET', path: '/v1/signed', headers: { host } };
    return api.visit('/v1/signed', {
      headers: signHeaders(asked, { ...keys, secret }, { service: 'execute-api', at: START }).headers,
    });
  };
  assert.equal((await visit()).status, 200);
  const wrong = await visit('wrong');
  assert.deepEqual([wrong.status, wrong.headers['x-amzn-errortype']], [403, 'InvalidSignatureException']);
  const denied = { Effect: 'Deny', Action: 'execute-api:Invoke', Resource: '*' };
  await iam.send(
    new PutUserPolicyCommand({
      UserName: 'ann',
      PolicyName: 'no',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [denied] }),
    }),
  );
  const refused = await visit();
  assert.equal(refused.status, 403);
  assert.match(
    refused.text,
    /^\{"Message":"User: arn:aws:iam::123456789012:user\/ann is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:\*{8}9012:.* with an explicit deny/,
  );
});

test('an authorizer and the policy of the API: one has to allow, none may deny', async () => {
  await using cloud = await startTestCloud();
  const Resource = (path: string) => `execute-api:/*/GET/${path}`;
  const policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource: Resource('allowed') },
      { Effect: 'Deny', Principal: '*', Action: 'execute-api:Invoke', Resource: Resource('denied') },
    ],
  });
  const api = await createApi(cloud, { policy });
  const { client, restApiId } = api;
  const { id: authorizerId } = await client.send(
    new CreateAuthorizerCommand({
      restApiId,
      name: 'one',
      type: 'TOKEN',
      authorizerUri: await apiFunction(cloud, 'authorizer', AUTHORIZER),
      identitySource: 'method.request.header.X-Token',
      authorizerResultTtlInSeconds: 0,
    }),
  );
  for (const name of ['allowed', 'silent', 'denied']) {
    const id = await api.resource(name);
    await api.method(id, 'GET', {}, { authorizationType: 'CUSTOM', authorizerId });
    await api.response(id, 'GET', '200', '$context.authorizer.asked');
  }
  await api.deploy();
  const ask = async (path: string, token: string) => {
    const { status, text } = await api.visit(`/v1/${path}`, { headers: { 'x-token': token } });
    return status === 200 ? 'yes' : /explicit deny in an? (\w+)/.exec(text)?.[1];
  };
  // Rows: what the authorizer says; columns: what the policy does.
  const answers: unknown[] = [];
  for (const token of ['good', 'other', 'deny'])
    answers.push([await ask('allowed', token), await ask('silent', token), await ask('denied', token)]);
  assert.deepEqual(answers, [
    ['yes', 'yes', 'resource'],
    ['yes', undefined, 'resource'],
    ['identity', 'identity', 'resource'],
  ]);
  // Of what the policy denies, no authorizer was asked: with this one it was asked seven times.
  assert.equal((await api.visit('/v1/silent', { headers: { 'x-token': 'good' } })).text, '7');
});

test('a policy may name the resources of its API in short', async () => {
  await using cloud = await startTestCloud();
  const policyOf = (path: string) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource: `execute-api:/v1/GET${path}` },
      ],
    });
  const api = await createApi(cloud, { policy: policyOf('/one') });
  const { client, restApiId } = api;
  const shown = async () => {
    const { policy = '' } = await client.send(new GetRestApiCommand({ restApiId }));
    return JSON.parse(policy.replaceAll('\\"', '"')).Statement[0].Resource;
  };
  const inFull = `arn:aws:execute-api:us-east-1:123456789012:${restApiId}/v1/GET`;
  assert.equal(await shown(), `${inFull}/one`);
  for (const name of ['one', 'two', 'three']) {
    const id = await api.resource(name);
    await api.method(id, 'GET');
    await api.response(id, 'GET', '200');
  }
  const reachable = async () => {
    await api.deploy();
    const answers = await Promise.all(['one', 'two', 'three'].map((name) => api.visit(`/v1/${name}`)));
    return answers.map(({ status }) => status);
  };
  assert.deepEqual(await reachable(), [200, 403, 403]);
  const patchOperations = [{ op: 'replace' as const, path: '/policy', value: policyOf('/two') }];
  await client.send(new UpdateRestApiCommand({ restApiId, patchOperations }));
  assert.equal(await shown(), `${inFull}/two`);
  assert.deepEqual(await reachable(), [403, 200, 403]);
  const body = { openapi: '3.0.1', info: {}, paths: {}, 'x-amazon-apigateway-policy': JSON.parse(policyOf('/three')) };
  await client.send(new PutRestApiCommand({ restApiId, mode: 'merge', body: JSON.stringify(body) }));
  assert.equal(await shown(), `${inFull}/three`);
  assert.deepEqual(await reachable(), [403, 403, 200]);
});

test('an address is too long for a policy where its ARN is', async () => {
  await using cloud = await startTestCloud();
  const statement = { Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*' };
  const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  const statuses = async (options: object) => {
    const api = await createApi(cloud, options);
    const id = await api.resource('{name}');
    await api.method(id, 'GET');
    await api.response(id, 'GET', '200');
    await api.deploy();
    const asked = [1_500, 1_600].map((length) => api.visit(`/v1/${'a'.repeat(length)}`));
    return (await Promise.all(asked)).map(({ status, text }) => [status, text]);
  };
  const refused = [414, '{"message":"Request URI too long"}'];
  assert.deepEqual(await statuses({ policy }), [[200, ''], refused]);
  assert.deepEqual(await statuses({ policy: '' }), [
    [200, ''],
    [200, ''],
  ]);
});

test('an empty policy is none', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud, { policy: '' });
  const { client, restApiId } = api;
  await api.method(api.rootResourceId, 'GET');
  await api.response(api.rootResourceId, 'GET', '200', 'yes');
  await api.deploy();
  assert.equal((await client.send(new GetRestApiCommand({ restApiId }))).policy, undefined);
  assert.equal((await api.visit('/v1')).text, 'yes');
});

test('keys and usage plans: who has none, what is used, what is left', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { client, restApiId } = api;
  await api.method(api.rootResourceId, 'GET', {}, { apiKeyRequired: true });
  await api.response(api.rootResourceId, 'GET', '200', '$context.identity.apiKeyId');
  await api.deploy();
  const { id: keyId = '', value = '' } = await client.send(new CreateApiKeyCommand({ name: 'k', enabled: true }));
  assert.match(value, /^[A-Za-z0-9]{40}$/);
  const ask = async (key?: string) => {
    const { status, text, headers } = await api.visit(
      '/v1',
      key === undefined ? {} : { headers: { 'x-api-key': key } },
    );
    return status === 200 ? text : [status, text, headers['x-amzn-errortype']];
  };
  const forbidden = [403, '{"message":"Forbidden"}', 'ForbiddenException'];
  assert.deepEqual([await ask(), await ask(value)], [forbidden, forbidden]);
  assert.match(String((await api.visit('/v1')).headers['x-amzn-trace-id']), /^Root=1-/);
  const { id: usagePlanId = '' } = await client.send(
    new CreateUsagePlanCommand({
      name: 'p',
      apiStages: [{ apiId: restApiId, stage: 'v1' }],
      quota: { limit: 2, period: 'DAY' },
    }),
  );
  await client.send(new CreateUsagePlanKeyCommand({ usagePlanId, keyId, keyType: 'API_KEY' }));
  assert.deepEqual([await ask(value), await ask(value)], [keyId, keyId]);
  assert.deepEqual(await ask(value), [429, '{"message":"Limit Exceeded"}', 'LimitExceededException']);
  const days = { usagePlanId, startDate: '2026-01-01', endDate: '2026-01-02' };
  assert.deepEqual((await client.send(new GetUsageCommand(days))).items, {
    [keyId]: [
      [2, 0],
      [0, 2],
    ],
  });
  await client.send(
    new UpdateUsageCommand({
      usagePlanId,
      keyId,
      patchOperations: [{ op: 'replace', path: '/remaining', value: '1' }],
    }),
  );
  assert.equal(await ask(value), keyId);
  assert.equal((await ask(value))[0], 429);
  await cloud.advance(24 * 3_600_000);
  assert.equal(await ask(value), keyId);
});

test('too much is refused: by the method, by the plan', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { client, restApiId } = api;
  await api.method(api.rootResourceId, 'GET');
  await api.response(api.rootResourceId, 'GET', '200', 'ok');
  await api.deploy();
  const patch = (path: string, value: string) => ({ op: 'replace', path, value }) as const;
  await client.send(
    new UpdateStageCommand({
      restApiId,
      stageName: 'v1',
      patchOperations: [patch('/*/*/throttling/rateLimit', '0.001'), patch('/*/*/throttling/burstLimit', '3')],
    }),
  );
  cloud.server.cloud.kernel.clock.run(1e-6);
  const replies = [];
  for (let n = 0; n < 5; n += 1) replies.push(await api.visit('/v1'));
  assert.deepEqual(
    replies.map(({ status }) => status),
    [200, 200, 200, 429, 429],
  );
  assert.deepEqual(
    [replies[4]?.text, replies[4]?.headers['x-amzn-errortype']],
    ['{"message":"Too Many Requests"}', 'TooManyRequestsException'],
  );
});
