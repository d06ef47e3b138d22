/** What IAM asks of roles for those of providers that many share. Source: radkawar/stackd, measured in 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { ACCOUNT, policy } from './support.ts';

const GITHUB = 'token.actions.githubusercontent.com';

test('a role for all who use a shared provider is refused', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  let made = 0;
  const create = (issuer: string, Condition?: object, Action = 'sts:AssumeRoleWithWebIdentity') => {
    const Federated =
      issuer.includes('/') || issuer.includes('git') ? `arn:aws:iam::${ACCOUNT}:oidc-provider/${issuer}` : issuer;
    const trust = policy({ Effect: 'Allow', Principal: { Federated }, Action, ...(Condition && { Condition }) });
    return iam.send(new CreateRoleCommand({ RoleName: `r${made++}`, AssumeRolePolicyDocument: trust }));
  };
  const shared = (principal: string, keys: string) =>
    `Trust policy with trusted principal ${principal} must evaluate, using StringEquals, StringLike or StringEqualsIgnoreCase, ${keys} which is not scoped to all`;
  const [sub, ref] = [`${GITHUB}:sub`, `${GITHUB}:job_workflow_ref`];
  const github = shared(`arn:aws:iam::${ACCOUNT}:oidc-provider/${GITHUB}`, `${sub} or ${ref}`);
  const gitlab = shared(`arn:aws:iam::${ACCOUNT}:oidc-provider/gitlab.com`, 'gitlab.com:sub');
  const google = 'Policy trusting accounts.google.com requires a StringEquals condition on an application id';
  const refused: [string, object | undefined, string][] = [
    [GITHUB, undefined, github],
    [GITHUB, { StringEquals: { [`${GITHUB}:aud`]: 'sts.amazonaws.com' } }, github],
    [GITHUB, { StringLike: { [sub]: '*' } }, github],
    [GITHUB, { StringLike: { [sub]: '*:main' } }, github],
    [GITHUB, { StringEquals: { [sub]: ' ' } }, github],
    [GITHUB, { StringEqualsIfExists: { [sub]: 'repo:a/b' } }, github],
    [GITHUB, { StringNotEquals: { [sub]: 'repo:a/b' } }, github],
    [GITHUB, { StringLike: { [sub]: 'repo:a/b:*', [ref]: '*' } }, github],
    ['gitlab.com', { StringLike: { 'gitlab.com:sub': ['project_path:a/*', '*'] } }, gitlab],
    ['accounts.google.com', undefined, google],
    ['accounts.google.com', { StringLike: { 'accounts.google.com:aud': 'app' } }, google],
    ['accounts.google.com', { StringEquals: { 'ACCOUNTS.google.com:aud': 'app' } }, google],
    [
      'cognito-identity.amazonaws.com',
      { StringEquals: { 'cognito-identity.amazonaws.com:amr': 'authenticated' } },
      shared('cognito-identity.amazonaws.com', 'cognito-identity.amazonaws.com:aud'),
    ],
  ];
  for (const [issuer, condition, text] of refused) {
    const { name, message } = await failure(create(issuer, condition));
    assert.deepEqual([name, message], ['MalformedPolicyDocumentException', text], JSON.stringify(condition));
  }
  await create(GITHUB, { StringLike: { [sub]: 'repo:a/b:*' } });
  await create(GITHUB, { 'ForAnyValue:StringEquals': { [ref]: 'a/b/.github/workflows/c.yml@main' } });
  await create(GITHUB, { StringLike: { [sub]: '*' }, StringEquals: { [sub]: 'repo:a/b' } });
  await create(GITHUB, { StringLike: { [sub]: '?*' } });
  await create(GITHUB, undefined, 'sts:TagSession');
  await create('gitlab.com', { StringLike: { 'GitLab.com:SUB': '**' } });
  await create('gitlab.com/other');
  await create('accounts.google.com', { StringEquals: { 'accounts.google.com:aud': '*' } });
  await create('graph.facebook.com', { StringEqualsIgnoreCase: { 'graph.facebook.com:app_id': '1' } });
  await create('cognito-identity.amazonaws.com', {
    StringEquals: { 'cognito-identity.amazonaws.com:aud': 'us-east-1:1' },
  });
});
