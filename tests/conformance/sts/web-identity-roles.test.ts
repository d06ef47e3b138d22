/** What a web identity token says of roles, audiences and tags. Source: radkawar/stackd, measured in 2026. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { CreateOpenIDConnectProviderCommand, CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { ACCOUNT, policy } from '../iam/support.ts';
import { Issuer } from './issuer.ts';

const ROLE = `arn:aws:iam::${ACCOUNT}:role/web`;
const OTHER = `arn:aws:iam::${ACCOUNT}:role/other`;
const ROLES = 'https://aws.amazon.com/roles';
const TAGS = 'https://aws.amazon.com/tags';

/** A provider with the clients `app` and `web`, and the role `web` that trusts it. */
async function furnish(cloud: TestCloud, issuer: Issuer, Condition?: object) {
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateOpenIDConnectProviderCommand({ Url: issuer.url, ClientIDList: ['app', 'web'] }));
  const Federated = `arn:aws:iam::${ACCOUNT}:oidc-provider/${issuer.url.replace(/^https?:\/\//, '')}`;
  const Action = ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'];
  const statement = {
    Effect: 'Allow' as const,
    Principal: { Federated },
    Action,
    ...(Condition !== undefined && { Condition }),
  };
  await iam.send(new CreateRoleCommand({ RoleName: 'web', AssumeRolePolicyDocument: policy(statement) }));
  const sts = cloud.client(STSClient);
  const assume = (claims: object) =>
    sts.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: ROLE,
        RoleSessionName: 'ann',
        WebIdentityToken: issuer.token(claims),
      }),
    );
  return { assume, refusal: async (claims: object) => (await failure(assume(claims))).message };
}

test('a token that names roles is for these, and the trust may ask that it names one', async () => {
  await using cloud = await startTestCloud();
  await using issuer = await Issuer.start();
  const { assume } = await furnish(cloud, issuer, { Bool: { 'sts:RoleAuthorizedByIdp': 'true' } });
  equal((await assume({ [ROLES]: [OTHER, 7, ROLE] })).Audience, 'app');
  equal((await assume({ [ROLES]: ` ${OTHER} ; ${ROLE}` })).Audience, 'app');
  const names = await Promise.all(
    [{}, { [ROLES]: null }, { [ROLES]: [OTHER] }, { [ROLES]: ['x'] }].map(
      async (claims) => (await failure(assume(claims))).name,
    ),
  );
  const denied = 'AccessDenied';
  const notForIt = 'InvalidIdentityTokenException';
  deepEqual(names, [denied, denied, notForIt, notForIt]);
});

test('more audiences want an authorized party, and tags are lists of one', async () => {
  await using cloud = await startTestCloud();
  await using issuer = await Issuer.start();
  const { assume, refusal } = await furnish(cloud, issuer);
  equal((await assume({ aud: ['app', 'web'], azp: 'web' })).Audience, 'web');
  equal((await assume({ [TAGS]: { principal_tags: { team: ['a'] } } })).Audience, 'app');
  deepEqual(
    await Promise.all([
      refusal({ aud: ['app', 'web'] }),
      refusal({ [TAGS]: 'team' }),
      refusal({ [TAGS]: { principal_tags: { team: 'a' } } }),
      refusal({ [TAGS]: { principal_tags: { team: ['a', 'b'] } } }),
    ]),
    [
      'Token audience contains more than one audience while authorized party is not present',
      'Session tags passed in claim are not in correct format.',
      'principal_tags passed in claim is not in correct format.',
      'principal_tags passed in claim is not in correct format.',
    ],
  );
});
