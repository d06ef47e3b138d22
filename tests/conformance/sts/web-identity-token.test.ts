import { deepEqual, equal, match } from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  DisableOutboundWebIdentityFederationCommand,
  EnableOutboundWebIdentityFederationCommand,
  GetAccountSummaryCommand,
  GetOutboundWebIdentityFederationInfoCommand,
  IAMClient,
  ListOrganizationsFeaturesCommand,
  PutRolePolicyCommand,
  SetSecurityTokenServicePreferencesCommand,
  TagUserCommand,
} from '@aws-sdk/client-iam';
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  AssumeRootCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  GetWebIdentityTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { ACCOUNT, allow, type Keys, keysOf, policy, userWithKey } from '../iam/support.ts';

const NOW = START / 1_000;

async function enable(cloud: TestCloud): Promise<string> {
  const { IssuerIdentifier = '' } = await cloud
    .client(IAMClient)
    .send(new EnableOutboundWebIdentityFederationCommand({}));
  return IssuerIdentifier;
}

const read = async (url: string) => (await fetch(url)).json() as Promise<{ [name: string]: unknown }>;
const refusal = async (promise: Promise<unknown>) => {
  const { name, message } = await failure(promise);
  return `${name}: ${message}`;
};

function get(cloud: TestCloud, credentials: Keys | undefined, more: object = {}) {
  const sts = cloud.client(STSClient, credentials === undefined ? {} : { credentials });
  return sts.send(new GetWebIdentityTokenCommand({ Audience: ['partner'], SigningAlgorithm: 'RS256', ...more }));
}

describe('GetWebIdentityToken', () => {
  it('tells who calls in a token that anyone can check', async () => {
    await using cloud = await startTestCloud();
    const issuer = await enable(cloud);
    const keys = await userWithKey(
      cloud,
      'ann',
      policy(allow(['sts:GetWebIdentityToken', 'sts:TagGetWebIdentityToken'])),
    );
    const { jwks_uri: uri, issuer: named } = await read(`${issuer}/.well-known/openid-configuration`);
    equal(named, issuer);
    const { keys: shown } = (await read(String(uri))) as unknown as { keys: { alg: string; kid: string }[] };
    for (const SigningAlgorithm of ['RS256', 'ES384']) {
      const Tags = [{ Key: 'job', Value: '1' }];
      const { WebIdentityToken = '', Expiration } = await get(cloud, keys, { SigningAlgorithm, Tags });
      equal(Expiration?.getTime(), START + 300_000);
      const [head = '', body = '', tail = ''] = WebIdentityToken.split('.');
      const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString());
      const key = createPublicKey({ key: shown.find((one) => one.kid === kid) ?? {}, format: 'jwk' });
      const hash = SigningAlgorithm === 'RS256' ? 'sha256' : 'sha384';
      const signature = Buffer.from(tail, 'base64url');
      equal(verify(hash, Buffer.from(`${head}.${body}`), { key, dsaEncoding: 'ieee-p1363' }, signature), true);
      const { jti, ...claims } = JSON.parse(Buffer.from(body, 'base64url').toString());
      match(jti, /^[0-9a-f-]{36}$/);
      deepEqual(claims, {
        iss: issuer,
        aud: 'partner',
        sub: `arn:aws:iam::${ACCOUNT}:user/ann`,
        iat: NOW,
        exp: NOW + 300,
        'https://sts.amazonaws.com/': {
          aws_account: ACCOUNT,
          source_region: 'us-east-1',
          principal_id: `arn:aws:iam::${ACCOUNT}:user/ann`,
          request_tags: { job: '1' },
        },
      });
    }
  });

  it('is trusted by a role of the same cloud whose account names it a provider', async () => {
    await using cloud = await startTestCloud();
    const url = await enable(cloud);
    const other = { credentials: { accessKeyId: '210987654321', secretAccessKey: 'test' } };
    const iam = cloud.client(IAMClient, other);
    const { OpenIDConnectProviderArn: Federated } = await iam.send(
      new CreateOpenIDConnectProviderCommand({ Url: url, ClientIDList: ['partner'] }),
    );
    const AssumeRolePolicyDocument = policy({
      Effect: 'Allow',
      Principal: { Federated },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { [`${url.slice(7)}:sub`]: `arn:aws:iam::${ACCOUNT}:root` } },
    });
    await iam.send(new CreateRoleCommand({ RoleName: 'guest', AssumeRolePolicyDocument }));
    const { WebIdentityToken } = await get(cloud, undefined);
    const RoleArn = 'arn:aws:iam::210987654321:role/guest';
    const answer = await cloud
      .client(STSClient)
      .send(new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: 'guest', WebIdentityToken }));
    equal(answer.Provider, Federated);
  });

  it('needs the feature, the permission, a known algorithm, and a session that lasts as long', async () => {
    await using cloud = await startTestCloud();
    equal(
      await refusal(get(cloud, undefined)),
      'OutboundWebIdentityFederationDisabledException: Outbound web identity federation is not enabled for this account.',
    );
    await enable(cloud);
    equal(
      await refusal(get(cloud, undefined, { SigningAlgorithm: 'HS256' })),
      'ValidationError: HS256 is not a valid SigningAlgorithm. Valid values are RS256 and ES384.',
    );
    const condition = { 'ForAllValues:StringEquals': { 'sts:IdentityTokenAudience': ['partner'] } };
    const keys = await userWithKey(cloud, 'ann', policy(allow('sts:GetWebIdentityToken', '*', condition)));
    await get(cloud, keys);
    equal((await failure(get(cloud, keys, { Audience: ['other'] }))).name, 'AccessDenied');
    equal((await failure(get(cloud, keys, { Tags: [{ Key: 'a', Value: 'b' }] }))).name, 'AccessDenied');
    const trust = policy({ Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' });
    const iam = cloud.client(IAMClient);
    await iam.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: trust }));
    const PolicyDocument = policy(allow('sts:*'));
    await iam.send(new PutRolePolicyCommand({ RoleName: 'r', PolicyName: 'own', PolicyDocument }));
    const { Credentials } = await cloud.client(STSClient).send(
      new AssumeRoleCommand({
        RoleArn: `arn:aws:iam::${ACCOUNT}:role/r`,
        RoleSessionName: 'ss',
        DurationSeconds: 900,
      }),
    );
    equal(
      await refusal(get(cloud, keysOf(Credentials), { DurationSeconds: 901 })),
      'SessionDurationEscalationException: The requested token duration would extend the session beyond its original expiration time.',
    );
    equal((await get(cloud, keysOf(Credentials), { DurationSeconds: 900 })).Expiration?.getTime(), START + 900_000);
  });

  // Source: radkawar/stackd, measured in 2026.
  it('is asked of oneself, and tells of sessions and tags, up to a size', async () => {
    await using cloud = await startTestCloud();
    await enable(cloud);
    const iam = cloud.client(IAMClient);
    const self = `arn:aws:sts::${ACCOUNT}:self`;
    const ann = await userWithKey(
      cloud,
      'ann',
      policy(allow('sts:GetWebIdentityToken', self), allow('sts:AssumeRole')),
    );
    const bob = await userWithKey(cloud, 'bob', policy(allow('sts:GetWebIdentityToken', `${self}2`)));
    equal((await failure(get(cloud, bob))).name, 'AccessDenied');
    const claimsOf = async (credentials: Keys | undefined) => {
      const { WebIdentityToken = '' } = await get(cloud, credentials);
      return JSON.parse(Buffer.from(WebIdentityToken.split('.')[1] ?? '', 'base64url').toString())[
        'https://sts.amazonaws.com/'
      ];
    };
    await iam.send(new TagUserCommand({ UserName: 'ann', Tags: [{ Key: 'team', Value: 'red' }] }));
    deepEqual((await claimsOf(ann)).principal_tags, { team: 'red' });
    const sts = cloud.client(STSClient, { credentials: ann });
    const session = keysOf((await sts.send(new GetSessionTokenCommand({ DurationSeconds: 900 }))).Credentials);
    equal((await claimsOf(session)).original_session_exp, '2026-01-01T00:15:00Z');
    const trust = {
      Effect: 'Allow',
      Principal: { AWS: ACCOUNT },
      Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
    };
    await iam.send(
      new CreateRoleCommand({
        RoleName: 'r',
        Path: '/path/',
        AssumeRolePolicyDocument: policy({ ...trust, Effect: 'Allow' }),
        Tags: [
          { Key: 'Team', Value: 'blue' },
          { Key: 'cost', Value: '1' },
        ],
      }),
    );
    await iam.send(
      new PutRolePolicyCommand({ RoleName: 'r', PolicyName: 'p', PolicyDocument: policy(allow('sts:*')) }),
    );
    const RoleArn = `arn:aws:iam::${ACCOUNT}:role/path/r`;
    const asked = { RoleArn, RoleSessionName: 'me', SourceIdentity: 'ann', Tags: [{ Key: 'team', Value: 'green' }] };
    const { Credentials } = await cloud.client(STSClient).send(new AssumeRoleCommand(asked));
    deepEqual(await claimsOf(keysOf(Credentials)), {
      aws_account: ACCOUNT,
      source_region: 'us-east-1',
      principal_id: RoleArn,
      original_session_exp: '2026-01-01T01:00:00Z',
      source_identity: 'ann',
      principal_tags: { cost: '1', team: 'green' },
    });
    const federated = await cloud
      .client(STSClient)
      .send(new GetFederationTokenCommand({ Name: 'guest', Policy: policy(allow('*')) }));
    equal((await failure(get(cloud, keysOf(federated.Credentials)))).name, 'AccessDenied');
    const Tags = Array.from({ length: 50 }, (_, index) => ({
      Key: `k${index}`.padEnd(128, 'x'),
      Value: 'v'.repeat(256),
    }));
    equal((await failure(get(cloud, undefined, { Tags }))).name, 'JWTPayloadSizeExceededException');
  });

  it('is enabled once, and the account stays the issuer that it was', async () => {
    await using cloud = await startTestCloud();
    const iam = cloud.client(IAMClient);
    const info = () => iam.send(new GetOutboundWebIdentityFederationInfoCommand({}));
    equal((await failure(info())).name, 'FeatureDisabledException');
    const issuer = await enable(cloud);
    const { IssuerIdentifier, JwtVendingEnabled } = await info();
    deepEqual([IssuerIdentifier, JwtVendingEnabled], [issuer, true]);
    equal((await failure(enable(cloud))).name, 'FeatureEnabledException');
    await iam.send(new DisableOutboundWebIdentityFederationCommand({}));
    equal(
      (await failure(iam.send(new DisableOutboundWebIdentityFederationCommand({})))).name,
      'FeatureDisabledException',
    );
    equal(await enable(cloud), issuer);
    equal((await fetch(`${issuer.replace(/[^/]+$/, '0')}/.well-known/jwks.json`)).status, 404);
  });
});

describe('the account', () => {
  it('has no organization, so no central root access', async () => {
    await using cloud = await startTestCloud();
    const none = await failure(cloud.client(IAMClient).send(new ListOrganizationsFeaturesCommand({})));
    equal(none.name, 'OrganizationNotFoundException');
    const TaskPolicyArn = { arn: 'arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials' };
    const root = cloud
      .client(STSClient)
      .send(new AssumeRootCommand({ TargetPrincipal: '210987654321', TaskPolicyArn }));
    equal(
      await refusal(root),
      `AccessDenied: User: arn:aws:iam::${ACCOUNT}:root is not authorized to perform: sts:AssumeRoot on resource: arn:aws:iam::210987654321:root`,
    );
  });

  it('keeps the version of its session tokens', async () => {
    await using cloud = await startTestCloud();
    const iam = cloud.client(IAMClient);
    const version = async () =>
      (await iam.send(new GetAccountSummaryCommand({}))).SummaryMap?.GlobalEndpointTokenVersion;
    equal(await version(), 1);
    await iam.send(new SetSecurityTokenServicePreferencesCommand({ GlobalEndpointTokenVersion: 'v2Token' }));
    equal(await version(), 2);
  });
});
