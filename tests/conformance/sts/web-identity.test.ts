import { deepEqual, equal, match } from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
} from '@aws-sdk/client-iam';
import { CreateQueueCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { LocalAuthority } from '#main/authority';
import { openCertificates } from '#main/certificates';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { ACCOUNT, allow, keysOf, policy } from '../iam/support.ts';
import { Issuer, NOW } from './issuer.ts';

const ROLE = `arn:aws:iam::${ACCOUNT}:role/web`;
const VERIFICATION_KEY =
  "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements";

function trust(issuer: Issuer, Condition?: object, more: string[] = []): string {
  return policy({
    Effect: 'Allow',
    Principal: { Federated: arnOf(issuer) },
    Action: ['sts:AssumeRoleWithWebIdentity', ...more],
    ...(Condition !== undefined && { Condition }),
  });
}

const nameOf = (issuer: Issuer) => issuer.url.replace(/^https?:\/\//, '');
const arnOf = (issuer: Issuer) => `arn:aws:iam::${ACCOUNT}:oidc-provider/${nameOf(issuer)}`;

/** A provider with the client `app`, and the role `web` that trusts it. */
async function furnish(cloud: TestCloud, issuer: Issuer, document = trust(issuer)): Promise<void> {
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateOpenIDConnectProviderCommand({ Url: issuer.url, ClientIDList: ['app'] }));
  await iam.send(new CreateRoleCommand({ RoleName: 'web', AssumeRolePolicyDocument: document }));
}

function assume(cloud: TestCloud, WebIdentityToken: string, more: object = {}) {
  const sts = cloud.client(STSClient);
  return sts.send(
    new AssumeRoleWithWebIdentityCommand({ RoleArn: ROLE, RoleSessionName: 'ann-1', WebIdentityToken, ...more }),
  );
}

async function refusal(cloud: TestCloud, token: string, more: object = {}): Promise<string> {
  const { name, message } = await failure(assume(cloud, token, more));
  return `${name}: ${message}`;
}

describe('AssumeRoleWithWebIdentity', () => {
  it('gives the bearer of a token a session of the role', async () => {
    await using cloud = await startTestCloud();
    await using issuer = await Issuer.start();
    await furnish(cloud, issuer);
    const answer = await assume(cloud, issuer.token(), { DurationSeconds: 900 });
    deepEqual([answer.SubjectFromWebIdentityToken, answer.Audience, answer.Provider], ['ann', 'app', arnOf(issuer)]);
    const arn = `arn:aws:sts::${ACCOUNT}:assumed-role/web/ann-1`;
    equal(answer.AssumedRoleUser?.Arn, arn);
    match(answer.AssumedRoleUser?.AssumedRoleId ?? '', /^AROA[A-Z2-7]{17}:ann-1$/);
    equal(answer.Credentials?.Expiration?.getTime(), (NOW + 900) * 1_000);
    const sts = cloud.client(STSClient, { credentials: keysOf(answer.Credentials) });
    equal((await sts.send(new GetCallerIdentityCommand({}))).Arn, arn);
  });

  it('takes signatures of every algorithm that AWS takes', async () => {
    await using cloud = await startTestCloud();
    await using issuer = await Issuer.start();
    await furnish(cloud, issuer);
    const algorithms = ['RS384', 'RS512', 'ES256', 'ES384', 'ES512'];
    for (const alg of algorithms) issuer.addKey(alg, alg);
    for (const alg of algorithms) equal((await assume(cloud, issuer.token({}, alg))).Audience, 'app', alg);
  });

  it('refuses tokens that the issuer did not sign', async () => {
    await using cloud = await startTestCloud();
    await using issuer = await Issuer.start();
    await using stranger = await Issuer.start();
    await furnish(cloud, issuer);
    const forged = stranger.token({ iss: issuer.url });
    equal(await refusal(cloud, forged), 'InvalidIdentityTokenException: Token signature invalid');
    const [head, , tail] = issuer.token().split('.');
    const claims = Buffer.from(JSON.stringify({ iss: issuer.url, sub: 'eve', aud: 'app', iat: NOW, exp: NOW + 600 }));
    const changed = [head, claims.toString('base64url'), tail].join('.');
    equal(await refusal(cloud, changed), 'InvalidIdentityTokenException: Token signature invalid');
    for (const alg of ['none', 'HS256', 'PS256']) {
      const header = Buffer.from(JSON.stringify({ alg, kid: 'first' })).toString('base64url');
      const token = [header, claims.toString('base64url'), tail].join('.');
      equal(await refusal(cloud, token), `InvalidIdentityTokenException: ${VERIFICATION_KEY}`, alg);
    }
    equal(
      await refusal(cloud, 'not.a.token'),
      'InvalidIdentityTokenException: The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
    );
  });

  it('checks issuer, audience, required claims and times', async () => {
    await using cloud = await startTestCloud();
    await using issuer = await Issuer.start();
    await furnish(cloud, issuer);
    const invalid = (claims: object) => refusal(cloud, issuer.token(claims));
    equal(
      await invalid({ iss: 'https://elsewhere.example' }),
      'InvalidIdentityTokenException: No OpenIDConnect provider found in your account for https://elsewhere.example',
    );
    equal(await invalid({ aud: 'other' }), 'InvalidIdentityTokenException: Incorrect token audience');
    equal(await invalid({ azp: 'other' }), 'InvalidIdentityTokenException: Incorrect token audience');
    equal((await assume(cloud, issuer.token({ aud: 'other', azp: 'app' }))).Audience, 'app');
    for (const claim of ['sub', 'aud', 'exp', 'iat'])
      equal(await invalid({ [claim]: undefined }), `InvalidIdentityTokenException: Missing a required claim: ${claim}`);
    equal(
      await invalid({ exp: NOW }),
      `ExpiredTokenException: Token expired: current date/time ${NOW} must be before the expiration date/time${NOW}`,
    );
    equal(await invalid({ nbf: NOW + 301 }), 'InvalidIdentityTokenException: Token is not valid yet');
    equal((await assume(cloud, issuer.token({ nbf: NOW + 299 }))).Audience, 'app');
  });

  it('lets the trust policy decide, by the keys of the issuer', async () => {
    await using cloud = await startTestCloud();
    await using issuer = await Issuer.start();
    const condition = {
      StringEquals: { [`${nameOf(issuer)}:aud`]: 'app' },
      StringLike: { [`${nameOf(issuer)}:sub`]: 'a*' },
      'ForAnyValue:StringEquals': { [`${nameOf(issuer)}:amr`]: ['mfa'] },
    };
    await furnish(cloud, issuer, trust(issuer, condition));
    equal((await assume(cloud, issuer.token({ amr: ['pwd', 'mfa'] }))).Audience, 'app');
    const denied = 'AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity';
    equal(await refusal(cloud, issuer.token({ amr: ['pwd'] })), denied);
    equal(await refusal(cloud, issuer.token({ amr: ['mfa'], sub: 'bob' })), denied);
    equal(await refusal(cloud, issuer.token(), { RoleArn: `${ROLE}-none` }), denied);
    equal(await refusal(cloud, issuer.token(), { RoleArn: 'a'.repeat(20) }), 'ValidationError: Request ARN is invalid');
  });

  it('carries tags and the source identity of the token into the session, if the role lets it', async () => {
    await using cloud = await startTestCloud();
    await using issuer = await Issuer.start();
    await furnish(cloud, issuer);
    const iam = cloud.client(IAMClient);
    const claims = {
      'https://aws.amazon.com/tags': { principal_tags: { team: ['blue'] }, transitive_tag_keys: ['team'] },
      'https://aws.amazon.com/source_identity': 'ann.smith',
      email: 'ann@example.com',
    };
    const update = (...more: string[]) =>
      iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'web', PolicyDocument: trust(issuer, undefined, more) }));
    equal(await refusal(cloud, issuer.token(claims)), 'AccessDenied: Not authorized to perform sts:TagSession');
    await update('sts:TagSession');
    equal(await refusal(cloud, issuer.token(claims)), 'AccessDenied: Not authorized to perform sts:SetSourceIdentity');
    await update('sts:TagSession', 'sts:SetSourceIdentity');
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: 'web',
        PolicyName: 'own',
        PolicyDocument: policy(
          allow('sqs:GetQueueUrl', '*', {
            StringEquals: {
              'aws:PrincipalTag/team': 'blue',
              'aws:SourceIdentity': 'ann.smith',
              'aws:FederatedProvider': arnOf(issuer),
              [`${nameOf(issuer)}:sub`]: 'ann',
              [`${nameOf(issuer)}:aud`]: 'app',
            },
            // Told to the role's trust policy alone.
            Null: { [`${nameOf(issuer)}:email`]: 'true' },
          }),
        ),
      }),
    );
    await cloud.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'jobs' }));
    const { Credentials, SourceIdentity } = await assume(cloud, issuer.token(claims));
    equal(SourceIdentity, 'ann.smith');
    const sqs = cloud.client(SQSClient, { credentials: keysOf(Credentials) });
    match((await sqs.send(new GetQueueUrlCommand({ QueueName: 'jobs' }))).QueueUrl ?? '', /jobs$/);
    const bare = await assume(cloud, issuer.token({ 'https://aws.amazon.com/source_identity': 'ann.smith' }));
    const untagged = cloud.client(SQSClient, { credentials: keysOf(bare.Credentials) });
    equal((await failure(untagged.send(new GetQueueUrlCommand({ QueueName: 'jobs' })))).name, 'AccessDeniedException');
    equal(
      await refusal(cloud, issuer.token({ 'https://aws.amazon.com/source_identity': 'a' })),
      'InvalidIdentityTokenException: Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"',
    );
  });

  it('reads the keys once, and again for a key it does not know, at most once a minute', async () => {
    await using cloud = await startTestCloud();
    await using issuer = await Issuer.start();
    await furnish(cloud, issuer);
    const documents = ['/realm/.well-known/openid-configuration', '/realm/keys'];
    await assume(cloud, issuer.token());
    await assume(cloud, issuer.token());
    deepEqual(issuer.asked, documents);
    issuer.addKey('ES256', 'second');
    equal(await refusal(cloud, issuer.token({}, 'second')), `InvalidIdentityTokenException: ${VERIFICATION_KEY}`);
    deepEqual(issuer.asked, documents);
    await cloud.advance(60_000);
    equal((await assume(cloud, issuer.token({}, 'second'))).Audience, 'app');
    deepEqual(issuer.asked, [...documents, ...documents]);
  });

  it('believes a certificate that nobody trusts only by its thumbprint, and goes on to no plain HTTP from there', async () => {
    await using cloud = await startTestCloud();
    const { key, cert, ca } = await openCertificates(
      new LocalAuthority(undefined, Date.now),
      undefined,
      '127.0.0.1',
      Date.now(),
    );
    await using issuer = await Issuer.start({ key, cert: cert + ca });
    await using plain = await Issuer.start();
    await furnish(cloud, issuer);
    equal(
      await refusal(cloud, issuer.token()),
      "InvalidIdentityTokenException: OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
    );
    const ThumbprintList = [new X509Certificate(ca).fingerprint.replaceAll(':', '')];
    const update = { OpenIDConnectProviderArn: arnOf(issuer), ThumbprintList };
    await cloud.client(IAMClient).send(new UpdateOpenIDConnectProviderThumbprintCommand(update));
    issuer.instead.set('/realm/.well-known/openid-configuration', {
      status: 200,
      body: JSON.stringify({ jwks_uri: `${plain.url}/keys` }),
    });
    equal(await refusal(cloud, issuer.token()), `InvalidIdentityTokenException: ${VERIFICATION_KEY}`);
    deepEqual(plain.asked, []);
    issuer.instead.clear();
    equal((await assume(cloud, issuer.token())).Audience, 'app');
  });

  it('says when the issuer can not be read', async () => {
    await using cloud = await startTestCloud();
    await using issuer = await Issuer.start();
    await furnish(cloud, issuer);
    const token = issuer.token();
    const unread = `InvalidIdentityTokenException: ${VERIFICATION_KEY}`;
    for (const instead of [
      { status: 500, body: '{}' },
      { status: 200, body: 'no JSON' },
      { status: 200, body: '{"jwks_uri":"file:///etc/passwd"}' },
      { status: 200, body: '{"jwks_uri":"http://192.0.2.1/keys"}' },
      { status: 200, body: `{"issuer":"${'x'.repeat(1_100_000)}"}` },
    ]) {
      issuer.instead.set('/realm/.well-known/openid-configuration', instead);
      equal(await refusal(cloud, token), unread);
    }
    await issuer[Symbol.asyncDispose]();
    equal(
      await refusal(cloud, token),
      'IDPCommunicationErrorException: The identity provider could not be reached. Please try again.',
    );
  });

  it('leaves an issuer alone for some seconds that could not be read; keys that it knows stay good meanwhile', async () => {
    await using cloud = await startTestCloud();
    await using issuer = await Issuer.start();
    await furnish(cloud, issuer);
    // So slow that no second passes while the test runs.
    cloud.server.cloud.kernel.clock.run(1e-6);
    const document = '/realm/.well-known/openid-configuration';
    const unread = `InvalidIdentityTokenException: ${VERIFICATION_KEY}`;
    issuer.instead.set(document, { status: 500, body: '{}' });
    equal(await refusal(cloud, issuer.token()), unread);
    issuer.instead.clear();
    equal(await refusal(cloud, issuer.token()), unread);
    deepEqual(issuer.asked, [document]);
    await cloud.advance(10_000);
    equal((await assume(cloud, issuer.token())).Audience, 'app');
    await cloud.advance(60_000);
    issuer.instead.set(document, { status: 500, body: '{}' });
    issuer.addKey('ES256', 'second');
    equal(await refusal(cloud, issuer.token({}, 'second')), unread);
    equal((await assume(cloud, issuer.token())).Audience, 'app');
    equal(await refusal(cloud, issuer.token({}, 'second')), unread);
    deepEqual(issuer.asked.filter((path) => path === document).length, 3);
  });
});
