import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import {
  DeleteClientCertificateCommand,
  GenerateClientCertificateCommand,
  GetClientCertificateCommand,
  GetClientCertificatesCommand,
  GetTagsCommand,
  TestInvokeMethodCommand,
  UpdateClientCertificateCommand,
  UpdateIntegrationCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-api-gateway';
import { LocalAuthority } from '../../../src/main/authority.ts';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { createApi } from './world.ts';

const DAY = 86_400_000;
const replace = (path: string, value: string) => ({ op: 'replace', path, value }) as const;

/** A backend that nobody has signed for but itself; it says whose certificate it was shown. */
async function backend(names = ['localhost'], until = Date.now() + DAY) {
  const order = { names, key: 'EC_prime256v1', from: Date.now() - 2 * DAY, until } as const;
  const { certificate: cert, key } = await new LocalAuthority(undefined, Date.now).issue(order);
  const server = createServer({ cert, key, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    response.end((request.socket as TLSSocket).getPeerX509Certificate()?.fingerprint256 ?? 'nobody');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    uri: `https://localhost:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('backends are shown the certificate of the stage, and are believed as the integration says', async () => {
  await using there = await backend();
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { client, restApiId, rootResourceId: resourceId } = api;
  const at = { restApiId, resourceId, httpMethod: 'GET' };
  await api.method(resourceId, 'GET', { type: 'HTTP_PROXY', integrationHttpMethod: 'GET', uri: there.uri });
  await api.deploy();
  assert.equal((await api.visit('/v1')).status, 500);
  const skip = [replace('/tlsConfig/insecureSkipVerification', 'true')];
  await client.send(new UpdateIntegrationCommand({ ...at, patchOperations: skip }));
  await api.deploy();
  assert.equal((await api.visit('/v1')).text, 'nobody');
  const made = await client.send(new GenerateClientCertificateCommand({ description: 'a', tags: { k: 'v' } }));
  const { clientCertificateId = '', pemEncodedCertificate = '', createdDate, expirationDate } = made;
  const { fingerprint256, subject } = new X509Certificate(pemEncodedCertificate);
  assert.deepEqual(
    [subject, createdDate?.getTime(), expirationDate?.getTime()],
    ['CN=ApiGateway', START, START + 365 * DAY],
  );
  const tried = await client.send(new TestInvokeMethodCommand({ ...at, clientCertificateId }));
  assert.equal(tried.body, fingerprint256);
  const stage = { restApiId, stageName: 'v1' };
  const none = new UpdateStageCommand({ ...stage, patchOperations: [replace('/clientCertificateId', 'none')] });
  assert.equal((await failure(client.send(none))).message, 'Invalid Client Certificate Id specified');
  const shows = [replace('/clientCertificateId', clientCertificateId)];
  await client.send(new UpdateStageCommand({ ...stage, patchOperations: shows }));
  assert.equal((await api.visit('/v1')).text, fingerprint256);
});

test('a certificate for another host, or that has ended, is never enough', async () => {
  await using elsewhere = await backend(['other.example']);
  await using old = await backend(['localhost'], Date.now() - DAY);
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  for (const [name, { uri }] of [
    ['elsewhere', elsewhere],
    ['old', old],
  ] as const) {
    const tlsConfig = { insecureSkipVerification: true };
    const own = { type: 'HTTP_PROXY', integrationHttpMethod: 'GET', uri, tlsConfig } as const;
    await api.method(await api.resource(name), 'GET', own);
  }
  await api.deploy();
  assert.deepEqual([(await api.visit('/v1/elsewhere')).status, (await api.visit('/v1/old')).status], [500, 500]);
});

test('client certificates are shown, changed, tagged and removed', async () => {
  await using cloud = await startTestCloud();
  const { client } = await createApi(cloud);
  const made = await client.send(new GenerateClientCertificateCommand({ tags: { k: 'v' } }));
  const at = { clientCertificateId: made.clientCertificateId };
  const changed = { ...at, patchOperations: [replace('/description', 'b')] };
  await client.send(new UpdateClientCertificateCommand(changed));
  assert.equal((await client.send(new GetClientCertificateCommand(at))).description, 'b');
  assert.equal((await client.send(new GetClientCertificatesCommand({}))).items?.length, 1);
  const resourceArn = `arn:aws:apigateway:us-east-1::/clientcertificates/${made.clientCertificateId}`;
  assert.deepEqual((await client.send(new GetTagsCommand({ resourceArn }))).tags, { k: 'v' });
  await client.send(new DeleteClientCertificateCommand(at));
  const gone = await failure(client.send(new GetClientCertificateCommand(at)));
  assert.deepEqual([gone.name, gone.message], ['NotFoundException', 'Invalid Client Certificate identifier specified']);
});
