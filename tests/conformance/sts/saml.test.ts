import { deepEqual, equal } from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  CreateRoleCommand,
  CreateSAMLProviderCommand,
  DeleteSAMLProviderCommand,
  IAMClient,
  ListUsersCommand,
  PutRolePolicyCommand,
  UpdateSAMLProviderCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleWithSAMLCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { ACCOUNT, allow, keysOf, policy } from '../iam/support.ts';
import {
  assertionOf,
  base64,
  ENTITY,
  encrypted,
  encryptionKey,
  IdentityProvider,
  PROVIDER,
  RECIPIENT,
  responseOf,
  SAML_ROLE,
  type Said,
} from './saml-provider.ts';

const idp = await IdentityProvider.make();

function trust(Condition: object = { StringEquals: { 'SAML:aud': RECIPIENT } }): string {
  const Action = ['sts:AssumeRoleWithSAML', 'sts:TagSession', 'sts:SetSourceIdentity'];
  return policy({ Effect: 'Allow', Principal: { Federated: PROVIDER }, Action, Condition });
}

async function furnish(cloud: TestCloud, document = trust(), more: object = {}): Promise<void> {
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateSAMLProviderCommand({ Name: 'corp', SAMLMetadataDocument: idp.metadata, ...more }));
  await iam.send(new CreateRoleCommand({ RoleName: 'saml', AssumeRolePolicyDocument: document }));
}

function assume(cloud: TestCloud, response: string, more: object = {}) {
  const sts = cloud.client(STSClient);
  return sts.send(
    new AssumeRoleWithSAMLCommand({
      RoleArn: SAML_ROLE,
      PrincipalArn: PROVIDER,
      SAMLAssertion: base64(response),
      ...more,
    }),
  );
}

async function refusal(cloud: TestCloud, response: string, more: object = {}): Promise<string> {
  const { name, message } = await failure(assume(cloud, response, more));
  return `${name}: ${message}`;
}

const saying = (said: Said) => responseOf(idp.assertion(said));
const SIGNATURE_INVALID = 'InvalidIdentityTokenException: Response signature invalid';
const INVALID = 'InvalidIdentityTokenException: Invalid SAML response';

describe('AssumeRoleWithSAML', () => {
  // Source: radkawar/stackd, measured in 2026.
  it('means nobody for whom only a provider vouches by all of AWS', async () => {
    await using cloud = await startTestCloud();
    await furnish(cloud, policy({ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRoleWithSAML' }));
    equal(await refusal(cloud, saying({})), 'AccessDenied: Not authorized to perform sts:AssumeRoleWithSAML');
  });

  it('gives whom the provider vouches for a session of the role', async () => {
    await using cloud = await startTestCloud();
    await furnish(cloud);
    const { Credentials, AssumedRoleUser, $metadata: _, ...rest } = await assume(cloud, saying({}));
    const arn = `arn:aws:sts::${ACCOUNT}:assumed-role/saml/ann@example.com`;
    equal(AssumedRoleUser?.Arn, arn);
    deepEqual(rest, {
      Subject: 'ann',
      SubjectType: 'persistent',
      Issuer: ENTITY,
      Audience: RECIPIENT,
      NameQualifier: 'HahBW48oNiXLlr28VT6/xduH27c=',
      SessionTokenSize: Credentials?.SessionToken?.length,
      SessionTokenUtilization: 9,
    });
    const sts = cloud.client(STSClient, { credentials: keysOf(Credentials) });
    equal((await sts.send(new GetCallerIdentityCommand({}))).Arn, arn);
    equal(Credentials?.Expiration?.getTime(), START + 3_600_000);
    const shorter = await assume(cloud, saying({ sessionEnds: START + 1_000_000 }));
    equal(shorter.Credentials?.Expiration?.getTime(), START + 1_000_000);
  });

  // Source: radkawar/stackd, measured in 2026.
  it('needs a signature over the assertion, also where there is one over the response', async () => {
    await using cloud = await startTestCloud();
    await furnish(cloud);
    equal(await refusal(cloud, idp.sign(responseOf(assertionOf()), 'Response', 'r1')), SIGNATURE_INVALID);
    const response = idp.sign(responseOf(idp.assertion()), 'Response', 'r1');
    equal((await assume(cloud, response)).Subject, 'ann');
    equal(await refusal(cloud, response.replace('>ann<', '>eve<')), SIGNATURE_INVALID);
    equal(await refusal(cloud, response.replace('</saml:Assertion>', '</saml:Assertion> ')), SIGNATURE_INVALID);
  });

  it('refuses what the provider did not sign', async () => {
    await using cloud = await startTestCloud();
    await furnish(cloud);
    const stranger = await IdentityProvider.make();
    equal(await refusal(cloud, responseOf(assertionOf())), SIGNATURE_INVALID);
    equal(await refusal(cloud, responseOf(stranger.assertion())), SIGNATURE_INVALID);
    const good = idp.assertion();
    equal(await refusal(cloud, responseOf(good.replace('>ann<', '>eve<'))), SIGNATURE_INVALID);
    const signature = /<ds:Signature.*<\/ds:Signature>/.exec(good)?.[0] ?? '';
    const evil = assertionOf().replace('>ann<', '>eve<');
    const wrapped = [
      responseOf(
        evil.replace(
          '</saml:Assertion>',
          `${signature.replace('</ds:Signature>', `<ds:Object>${good}</ds:Object></ds:Signature>`)}</saml:Assertion>`,
        ),
      ),
      responseOf(evil.replace('ID="a1"', 'ID="a2"').replace('</saml:Assertion>', `${signature}</saml:Assertion>`)),
      responseOf(evil.replace('</saml:Assertion>', `${signature}</saml:Assertion>`), `<w>${good}</w>`),
    ];
    for (const response of wrapped) equal(await refusal(cloud, response), SIGNATURE_INVALID);
    equal(await refusal(cloud, responseOf(evil, good)), INVALID);
    equal(await refusal(cloud, `<!DOCTYPE x [<!ENTITY y "z">]>${responseOf(good)}`), INVALID);
    for (const text of ['none', '<a/>', responseOf(), responseOf(good).replace('status:Success', 'status:Responder')])
      equal(await refusal(cloud, text), INVALID, text);
  });

  it('checks issuer, recipient, times and attributes', async () => {
    await using cloud = await startTestCloud();
    await furnish(cloud);
    const invalid = (message: string) => `InvalidIdentityTokenException: ${message}`;
    const expected: [Said, string][] = [
      [{ issuer: 'https://other.example.com' }, invalid('Issuer not present in specified provider')],
      [
        { recipient: 'https://evil.example.com/saml' },
        'AccessDenied: Not authorized to perform sts:AssumeRoleWithSAML',
      ],
      [{ recipient: '' }, INVALID],
      [{ notOnOrAfter: START }, 'ExpiredTokenException: The assertion has expired'],
      [{ issuedAt: START - 300_001 }, 'ExpiredTokenException: Token must be redeemed within 5 minutes of issuance'],
      [{ issuedAt: START + 300_001 }, INVALID],
      [{ attributes: { RoleSessionName: undefined } }, invalid('RoleSessionName is required in AuthnResponse')],
      [
        { attributes: { RoleSessionName: 'a b' } },
        invalid('RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}'),
      ],
      [
        { attributes: { SourceIdentity: 'a' } },
        invalid('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"'),
      ],
      [{ attributes: { Role: undefined } }, 'AccessDenied: Not authorized to perform sts:AssumeRoleWithSAML'],
      [
        { attributes: { Role: `${SAML_ROLE}2,${PROVIDER}` } },
        'AccessDenied: Not authorized to perform sts:AssumeRoleWithSAML',
      ],
    ];
    for (const [said, text] of expected) equal(await refusal(cloud, saying(said)), text);
    const nameless = assertionOf().replace(/<saml:NameID.*<\/saml:NameID>/, '');
    equal(
      await refusal(cloud, responseOf(idp.sign(nameless, 'Assertion', 'a1'))),
      'AccessDenied: Not authorized to perform sts:AssumeRoleWithSAML',
    );
    equal((await assume(cloud, saying({ attributes: { Role: `${PROVIDER}, ${SAML_ROLE}` } }))).Subject, 'ann');
    equal(
      await refusal(cloud, saying({}), { DurationSeconds: 7_200 }),
      'ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    );
    await cloud.client(IAMClient).send(new DeleteSAMLProviderCommand({ SAMLProviderArn: PROVIDER }));
    equal(await refusal(cloud, saying({})), invalid("Specified provider doesn't exist"));
  });

  // Source: radkawar/stackd, measured in 2026.
  it('leaves recipients to the trust policy, and audiences and times to come to nobody', async () => {
    await using cloud = await startTestCloud();
    await furnish(cloud, trust({ StringEquals: { 'saml:aud': 'anything' } }));
    const said = { recipient: 'anything', audience: 'urn:other', attributes: { SessionDuration: '1200' } };
    const { Audience, Credentials } = await assume(cloud, saying(said));
    deepEqual([Audience, Credentials?.Expiration?.getTime()], ['anything', START + 1_200_000]);
    const longer = await assume(cloud, saying({ ...said, attributes: { SessionDuration: '40000' } }));
    equal(longer.Credentials?.Expiration?.getTime(), START + 3_600_000);
    const changed = (from: RegExp, to: string) =>
      responseOf(idp.sign(assertionOf(said).replace(from, to), 'Assertion', 'a1'));
    equal((await assume(cloud, changed(/NotBefore="[^"]*"/, 'NotBefore="2026-01-02T00:00:00Z"'))).Subject, 'ann');
    equal(await refusal(cloud, changed(/NotBefore="[^"]*"/, 'NotBefore="later"')), INVALID);
    equal(await refusal(cloud, changed(/ Format="[^"]*"/, '')), INVALID);
  });

  it('shows the assertion to the trust policy, and carries tags into the session', async () => {
    await using cloud = await startTestCloud();
    const condition = {
      StringEquals: {
        'saml:iss': ENTITY,
        'saml:sub': 'ann',
        'saml:sub_type': 'persistent',
        'saml:doc': `${ACCOUNT}/corp`,
        'aws:RequestTag/team': 'blue',
        'sts:SourceIdentity': 'ann.smith',
        'sts:RoleSessionName': 'ann@example.com',
      },
      'ForAnyValue:StringEquals': { 'saml:edupersonaffiliation': ['staff'] },
    };
    await furnish(cloud, trust(condition));
    const affiliation = 'urn:oid:1.3.6.1.4.1.5923.1.1.1.1';
    const attributes = { 'PrincipalTag:team': 'blue', SourceIdentity: 'ann.smith' };
    const said = idp.sign(
      assertionOf({ attributes }).replace(
        '<saml:AttributeStatement>',
        `<saml:AttributeStatement><saml:Attribute Name="${affiliation}"><saml:AttributeValue>staff</saml:AttributeValue></saml:Attribute>`,
      ),
      'Assertion',
      'a1',
    );
    const { SourceIdentity, Credentials } = await assume(cloud, responseOf(said));
    equal(SourceIdentity, 'ann.smith');
    // Of the assertion, later requests have who it is about, and no more.
    const later = {
      StringEquals: { 'saml:sub': 'ann', 'saml:sub_type': 'persistent', 'aws:PrincipalTag/team': 'blue' },
      Null: {
        'saml:namequalifier': 'false',
        'saml:iss': 'true',
        'saml:aud': 'true',
        'saml:edupersonaffiliation': 'true',
      },
    };
    const PolicyDocument = policy(allow('iam:ListUsers', '*', later));
    await cloud
      .client(IAMClient)
      .send(new PutRolePolicyCommand({ RoleName: 'saml', PolicyName: 'own', PolicyDocument }));
    const ann = cloud.client(IAMClient, { credentials: keysOf(Credentials) });
    deepEqual((await ann.send(new ListUsersCommand({}))).Users, []);
    equal(
      await refusal(cloud, saying({ attributes })),
      'AccessDenied: Not authorized to perform sts:AssumeRoleWithSAML',
    );
  });

  it('opens encrypted assertions, and refuses plain ones where encryption is required', async () => {
    await using cloud = await startTestCloud();
    const key = encryptionKey();
    await furnish(cloud, trust(), { AddPrivateKey: key.pem, AssertionEncryptionMode: 'Required' });
    for (const mode of ['gcm', 'cbc'] as const) {
      equal((await assume(cloud, responseOf(encrypted(idp.assertion(), key, mode)))).Subject, 'ann');
      equal(await refusal(cloud, responseOf(encrypted(assertionOf(), key, mode))), SIGNATURE_INVALID);
      equal(await refusal(cloud, responseOf(encrypted(idp.assertion(), encryptionKey(), mode))), SIGNATURE_INVALID);
    }
    equal(await refusal(cloud, responseOf(idp.assertion())), INVALID);
    const update = { SAMLProviderArn: PROVIDER, AssertionEncryptionMode: 'Allowed' } as const;
    await cloud.client(IAMClient).send(new UpdateSAMLProviderCommand(update));
    equal((await assume(cloud, responseOf(idp.assertion()))).Subject, 'ann');
  });
});
