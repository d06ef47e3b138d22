/** Who may see what: signed URLs and cookies, countries, protocols; and what attackers try. */
import assert from 'node:assert/strict';
import { createSign, generateKeyPairSync } from 'node:crypto';
import { request } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import {
  CloudFrontClient,
  CreateKeyGroupCommand,
  CreateOriginRequestPolicyCommand,
  CreatePublicKeyCommand,
  DeletePublicKeyCommand,
} from '@aws-sdk/client-cloudfront';
import { DAY } from '#kernel/base';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { startOrigin } from './origin.ts';
import { configOf, customOrigin, distribute, OPTIMIZED } from './support.ts';

/** A path as it is: URLs have their dots taken out before they are sent. */
function askRaw(address: string, path: string, headers: Record<string, string>): Promise<{ status: number }> {
  const { port, host } = new URL(address);
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, headers: { ...headers, host }, agent: false }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0 }));
    });
    asked.on('error', reject);
    asked.end();
  });
}

const safe = (bytes: Buffer) => bytes.toString('base64').replaceAll('+', '-').replaceAll('=', '_').replaceAll('/', '~');

async function privately(cloud: TestCloud, port: number) {
  const cloudfront = cloud.client(CloudFrontClient);
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const EncodedKey = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const key = await cloudfront.send(
    new CreatePublicKeyCommand({ PublicKeyConfig: { CallerReference: '1', Name: 'key', EncodedKey } }),
  );
  const keyId = key.PublicKey?.Id ?? '';
  const group = await cloudfront.send(new CreateKeyGroupCommand({ KeyGroupConfig: { Name: 'group', Items: [keyId] } }));
  const config = configOf(customOrigin(port));
  config.DefaultCacheBehavior = {
    TargetOriginId: 'custom',
    ViewerProtocolPolicy: 'allow-all',
    CachePolicyId: OPTIMIZED,
    TrustedKeyGroups: { Enabled: true, Quantity: 1, Items: [group.KeyGroup?.Id ?? ''] },
  };
  const distribution = await distribute(cloud, config);
  const sign = (text: string, algorithm = 'SHA1') => safe(createSign(algorithm).update(text).sign(privateKey));
  const canned = (url: string, expires: number) => {
    const policy = `{"Statement":[{"Resource":"${url}","Condition":{"DateLessThan":{"AWS:EpochTime":${expires}}}}]}`;
    return `Expires=${expires}&Signature=${sign(policy)}&Key-Pair-Id=${keyId}`;
  };
  return { ...distribution, cloudfront, keyId, etag: key.ETag ?? '', sign, canned };
}

test('a signed URL is good for its object until it expires', async () => {
  await using origin = await startOrigin((request, response) => response.end(request.url));
  await using cloud = await startTestCloud();
  const { ask, address, domain, canned } = await privately(cloud, origin.port);
  const until = START / 1_000 + 60;
  const bare = await ask('/film');
  assert.equal(bare.status, 403);
  assert.equal(
    bare.text,
    '<?xml version="1.0" encoding="UTF-8"?><Error><Code>MissingKey</Code><Message>Missing Key-Pair-Id query parameter or cookie value</Message></Error>',
  );
  const signed = canned(`${address}/film`, until);
  assert.equal((await ask(`/film?${signed}`)).text, '/film');
  assert.equal((await ask(`/film?${canned(`https://${domain}/film`, until)}`)).text, '/film');
  assert.equal((await ask(`/other?${signed}`)).status, 403);
  assert.equal((await ask(`/film?${signed.replace(String(until), String(until + 1))}`)).status, 403);
  assert.match(
    (await ask(`/film?${signed.replace(/Key-Pair-Id=\w+/, 'Key-Pair-Id=KNONE')}`)).text,
    /<Code>InvalidKey</,
  );
  assert.equal((await ask(`/film?${signed.replace(/Key-Pair-Id=\w+/, 'Key-Pair-Id=__proto__')}`)).status, 403);
  assert.equal((await ask(`/film?${signed}&a=b`)).status, 403);
  // The copy that is kept is no way around the signature.
  assert.equal((await ask('/film')).status, 403);
  await cloud.advance(61_000);
  assert.equal((await ask(`/film?${signed}`)).status, 403);
  // Who signs by the machine's clock is not late where the cloud's was turned.
  await cloud.advance(1_000 * DAY);
  const ends = Math.floor(Date.now() / 1_000) + 60;
  assert.equal((await ask(`/film?${canned(`${address}/film`, ends)}`)).status, 200);
  assert.equal((await ask(`/film?${canned(`${address}/film`, ends - 120)}`)).status, 403);
});

test('a custom policy limits addresses and times, in the URL or in cookies', async () => {
  await using origin = await startOrigin((request, response) => response.end(request.url));
  await using cloud = await startTestCloud();
  const { ask, address, keyId, sign } = await privately(cloud, origin.port);
  const now = START / 1_000;
  const policyOf = (Resource: string, condition: object) =>
    JSON.stringify({
      Statement: [{ Resource, Condition: { DateLessThan: { 'AWS:EpochTime': now + 60 }, ...condition } }],
    });
  const cookies = (policy: string) => ({
    headers: {
      cookie: `CloudFront-Policy=${safe(Buffer.from(policy))}; CloudFront-Signature=${sign(policy)}; CloudFront-Key-Pair-Id=${keyId}`,
    },
  });
  const folder = policyOf(`${address}/films/*`, { IpAddress: { 'AWS:SourceIp': '127.0.0.0/8' } });
  assert.equal((await ask('/films/1', cookies(folder))).text, '/films/1');
  assert.equal((await ask('/books/1', cookies(folder))).status, 403);
  assert.equal((await askRaw(address, '/films/../books/1', cookies(folder).headers)).status, 403);
  assert.equal((await askRaw(address, '/films/%2e%2e/books/1', cookies(folder).headers)).status, 403);
  const elsewhere = policyOf(`${address}/*`, { IpAddress: { 'AWS:SourceIp': '192.0.2.0/24' } });
  assert.equal((await ask('/films/1', cookies(elsewhere))).status, 403);
  const later = policyOf(`${address}/*`, { DateGreaterThan: { 'AWS:EpochTime': now + 30 } });
  assert.equal((await ask('/films/1', cookies(later))).status, 403);
  await cloud.advance(31_000);
  assert.equal((await ask('/films/1', cookies(later))).status, 200);
  const forged = cookies(policyOf(`${address}/*`, {}));
  forged.headers.cookie = forged.headers.cookie.replace(/Signature=[^;]+/, `Signature=${sign('{}')}`);
  assert.equal((await ask('/films/1', forged)).status, 403);
  const query = `Policy=${safe(Buffer.from(folder))}&Signature=${sign(folder, 'SHA256')}&Key-Pair-Id=${keyId}&Hash-Algorithm=SHA256`;
  assert.equal((await ask(`/films/2?${query}`)).text, '/films/2');
});

test('wildcards of a custom policy stay within their part of the address', async () => {
  await using origin = await startOrigin((request, response) => response.end(request.url));
  await using cloud = await startTestCloud();
  const { ask, address, keyId, sign } = await privately(cloud, origin.port);
  const until = START / 1_000 + 60;
  const isIn = async (Resource: string | undefined, path: string) => {
    // As the guide writes it: one statement, in no list.
    const policy = JSON.stringify({
      Statement: { Resource, Condition: { DateLessThan: { 'AWS:EpochTime': until } } },
    });
    const signature = `Policy=${safe(Buffer.from(policy))}&Signature=${sign(policy)}&Key-Pair-Id=${keyId}`;
    return (await ask(`${path}${path.includes('?') ? '&' : '?'}${signature}`)).status === 200;
  };
  assert.equal(await isIn(undefined, '/a'), true);
  assert.equal(await isIn('*', '/a?b=c'), true);
  assert.equal(await isIn(`${address}/hello*world`, '/hello/big-world'), true);
  assert.equal(await isIn(`${address}/hello*world`, '/hello?of=world'), false);
  assert.equal(await isIn(`${address}/hello*`, '/hello?of=world'), true);
  assert.equal(await isIn(`${address}/hello?`, '/hellos'), true);
  assert.equal(await isIn(`${address}/a\\?size=*`, '/a?size=large'), true);
  assert.equal(await isIn(`${address}/a\\?size=*`, '/a'), false);
  assert.equal(await isIn(`${address}/a\\?*`, '/a'), true);
  assert.equal(await isIn(`${address}/a?size=large`, '/a?size=large'), true);
  assert.equal(await isIn(`${address}*`, '/any/path?at=all'), true);
  assert.equal(await isIn(address, '/'), true);
  assert.equal(await isIn(address, '/a'), false);
  assert.equal(await isIn('http://*', '/a?b=c'), true);
  assert.equal(await isIn(address.replace('http', '*'), '/'), true);
  assert.equal(await isIn(`*${address.slice('http://'.length + 1)}/a`, '/a'), true);
  const literal = `{"Statement":[{"Resource":"${address}/a\\?b=c","Condition":{"DateLessThan":{"AWS:EpochTime":${until}}}}]}`;
  const signed = `Policy=${safe(Buffer.from(literal))}&Signature=${sign(literal)}&Key-Pair-Id=${keyId}`;
  assert.equal((await ask(`/a?b=c&${signed}`)).status, 200);
});

test('a key that a group has is not deleted', async () => {
  await using origin = await startOrigin((_, response) => response.end());
  await using cloud = await startTestCloud();
  const { cloudfront, keyId, etag } = await privately(cloud, origin.port);
  const error = await failure(cloudfront.send(new DeletePublicKeyCommand({ Id: keyId, IfMatch: etag })));
  assert.deepEqual([error.name, error.$metadata?.httpStatusCode], ['PublicKeyInUse', 409]);
});

test('countries, protocols and methods are refused at the edge', async () => {
  await using origin = await startOrigin((_, response) => response.end('ok'));
  await using cloud = await startTestCloud();
  const config = configOf(customOrigin(origin.port), {
    Restrictions: { GeoRestriction: { RestrictionType: 'whitelist', Quantity: 2, Items: ['FR', 'DE'] } },
  });
  config.CacheBehaviors = {
    Quantity: 2,
    Items: [
      {
        PathPattern: '/secure/*',
        TargetOriginId: 'custom',
        ViewerProtocolPolicy: 'redirect-to-https',
        CachePolicyId: OPTIMIZED,
      },
      {
        PathPattern: '/only/*',
        TargetOriginId: 'custom',
        ViewerProtocolPolicy: 'https-only',
        CachePolicyId: OPTIMIZED,
      },
    ],
  };
  const { ask, address } = await distribute(cloud, config);
  const from = (viewer: string, path: string, method = 'GET') =>
    ask(path, { method, headers: { 'x-cloudyard-viewer': viewer } });
  assert.equal((await from('CDG', '/')).status, 200);
  const blocked = await from('JFK', '/');
  assert.equal(blocked.status, 403);
  assert.match(blocked.text, /configured to block access from your country/);
  assert.equal((await from('JFK;DE', '/')).status, 200);
  const redirected = await from('CDG', '/secure/a?b=c');
  assert.deepEqual(
    [redirected.status, redirected.headers.location],
    [301, `${address.replace('http', 'https')}/secure/a?b=c`],
  );
  assert.equal(redirected.headers['x-cache'], 'Redirect from cloudfront');
  assert.equal((await from('CDG', '/only/a')).status, 403);
  assert.equal((await from('CDG', '/', 'POST')).status, 403);
  // No spelling of a path leads around the behaviour that guards it.
  for (const path of ['/x/../secure/a', '//secure/a', '/%73ecure/a', '/./secure/a', '/x/%2e%2e/secure/a'])
    assert.equal((await askRaw(address, path, { 'x-cloudyard-viewer': 'CDG' })).status, 301, path);
});

test('what is not in the key does not reach the origin, unless a policy says so', async () => {
  await using origin = await startOrigin((request, response) => response.end(JSON.stringify(request.headers)));
  await using cloud = await startTestCloud();
  const { ask, domain } = await distribute(cloud, configOf(customOrigin(origin.port)));
  await ask('/?utm=1', {
    headers: {
      'x-forwarded-host': 'evil.example',
      'x-original-url': '/admin',
      'x-http-method-override': 'DELETE',
      cookie: 'session=secret',
      authorization: 'Basic c2VjcmV0',
      'cloudfront-viewer-country': 'XX',
      'x-amz-cf-id': 'forged',
      via: '1.1 proxy',
      'user-agent': 'evil',
      connection: 'x-hop',
      'x-hop': '1',
    },
  });
  const [{ url, headers } = { url: '', headers: {} as Record<string, string> }] = origin.asked;
  assert.equal(url, '/');
  assert.deepEqual(Object.keys(headers).sort(), [
    'connection',
    'host',
    'user-agent',
    'via',
    'x-amz-cf-id',
    'x-forwarded-for',
  ]);
  assert.equal(headers['user-agent'], 'Amazon CloudFront');
  assert.equal(headers.host, `localhost:${origin.port}`);
  assert.equal(headers.via, `1.1 proxy, 1.1 ${domain} (CloudFront)`);
  assert.notEqual(headers['x-amz-cf-id'], 'forged');
});

test("a policy forwards what it names; what the edge says of the viewer is not the viewer's to say", async () => {
  await using origin = await startOrigin((request, response) => response.end(JSON.stringify(request.headers)));
  await using cloud = await startTestCloud();
  const { OriginRequestPolicy } = await cloud.client(CloudFrontClient).send(
    new CreateOriginRequestPolicyCommand({
      OriginRequestPolicyConfig: {
        Name: 'forward',
        HeadersConfig: {
          HeaderBehavior: 'whitelist',
          Headers: { Quantity: 3, Items: ['CloudFront-Viewer-Country', 'X-Asked', 'CloudFront-Is-Mobile-Viewer'] },
        },
        CookiesConfig: { CookieBehavior: 'whitelist', Cookies: { Quantity: 1, Items: ['a'] } },
        QueryStringsConfig: { QueryStringBehavior: 'whitelist', QueryStrings: { Quantity: 1, Items: ['q'] } },
      },
    }),
  );
  const config = configOf(
    customOrigin(origin.port, {
      CustomHeaders: { Quantity: 1, Items: [{ HeaderName: 'X-Secret', HeaderValue: 's' }] },
    }),
  );
  Object.assign(config.DefaultCacheBehavior ?? {}, { OriginRequestPolicyId: OriginRequestPolicy?.Id });
  const { ask } = await distribute(cloud, config);
  await ask('/?q=1&r=2&q=3', {
    headers: {
      'x-cloudyard-viewer': 'CDG',
      'cloudfront-viewer-country': 'XX',
      'x-asked': 'yes',
      'x-secret': 'forged',
      cookie: 'a=1; b=2',
      'user-agent': 'iPhone',
    },
  });
  const [{ url, headers } = { url: '', headers: {} as Record<string, string> }] = origin.asked;
  assert.equal(url, '/?q=1&q=3');
  assert.deepEqual(
    [
      headers['cloudfront-viewer-country'],
      headers['x-asked'],
      headers['x-secret'],
      headers.cookie,
      headers['cloudfront-is-mobile-viewer'],
    ],
    ['FR', 'yes', 's', 'a=1', 'true'],
  );
});

test('a request that says two things about its length reaches no origin', async () => {
  await using origin = await startOrigin((_, response) => response.end('ok'));
  await using cloud = await startTestCloud();
  const config = configOf(customOrigin(origin.port));
  const Items = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'POST', 'PATCH', 'DELETE'];
  Object.assign(config.DefaultCacheBehavior ?? {}, { AllowedMethods: { Quantity: 7, Items } });
  const { address, ask } = await distribute(cloud, config);
  const { hostname, port } = new URL(address);
  const raw = (text: string) =>
    new Promise<string>((resolve) => {
      let answer = '';
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(text));
      socket.on('data', (piece) => {
        answer += piece;
      });
      socket.on('close', () => resolve(answer));
      socket.on('error', () => resolve(answer));
    });
  const smuggled = await raw(
    `POST / HTTP/1.1\r\nhost: ${hostname}\r\ncontent-length: 6\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n0\r\n\r\nGET /admin HTTP/1.1\r\nhost: x\r\n\r\n`,
  );
  assert.match(smuggled, /^HTTP\/1\.1 400/);
  const body = await ask('/', { method: 'GET', body: 'smuggled' });
  assert.equal(body.status, 403);
  assert.match(body.text, /\nBad request\.\n/);
  assert.equal(origin.asked.length, 0);
  const posted = await ask('/', { method: 'POST', body: 'a body', headers: { 'content-type': 'text/plain' } });
  assert.equal(posted.status, 200);
  assert.deepEqual([origin.asked[0]?.body, origin.asked[0]?.headers['content-length']], ['a body', '6']);
});
