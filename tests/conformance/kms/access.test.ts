/** Who may use a key: its policy, IAM's where it delegates, grants, other accounts, services. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateAliasCommand,
  CreateGrantCommand,
  type CreateGrantCommandInput,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  GetKeyPolicyCommand,
  type KMSClient,
  ListGrantsCommand,
  ListRetirableGrantsCommand,
  PutKeyPolicyCommand,
  ReEncryptCommand,
  RetireGrantCommand,
  RevokeGrantCommand,
} from '@aws-sdk/client-kms';
import { factsOf, reachOf } from '#kernel/gateway';
import type { Principal } from '#kernel/identity';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { ACCOUNT, aliasesOf, arnOf, bytes, document, iamAllow, kmsOf, newKey, refused, text, userOf } from './setup.ts';

const OTHER = '999999999999';
const ROOT = `arn:aws:iam::${ACCOUNT}:root`;
const allow = (Principal: object | string, Action: string | string[], more: object = {}) => ({
  Effect: 'Allow',
  Principal,
  Action,
  Resource: '*',
  ...more,
});
const DELEGATES = allow({ AWS: ROOT }, 'kms:*');

/** Clients that are another account's where nobody else is named. */
const of =
  (cloud: TestCloud, account: string): TestCloud['client'] =>
  (Class, config) =>
    cloud.client(Class, { credentials: { accessKeyId: account, secretAccessKey: 'x' }, ...config });

const encryptWith = (KeyId: string, EncryptionContext?: Record<string, string>) =>
  new EncryptCommand({ KeyId, Plaintext: bytes('x'), EncryptionContext });
const denial = (who: string, action: string, key: string, reason: string) =>
  `User: ${who} is not authorized to perform: ${action} on resource: ${key} ${reason}`;

test("IAM's policies count only where the key's policy leaves it to the account", async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = await newKey(kms);
  const ann = await userOf(cloud, 'ann', iamAllow('kms:Encrypt'));
  const bob = await userOf(cloud, 'bob');
  await ann.kms.send(encryptWith(KeyId));
  await refused(
    bob.kms.send(encryptWith(KeyId)),
    'AccessDeniedException',
    denial(bob.arn, 'kms:Encrypt', arnOf(KeyId), 'because no identity-based policy allows the kms:Encrypt action'),
  );
  const Policy = document(allow({ AWS: ROOT }, 'kms:PutKeyPolicy'), allow({ AWS: bob.arn }, 'kms:Encrypt'));
  await kms.send(new PutKeyPolicyCommand({ KeyId, Policy }));
  await bob.kms.send(encryptWith(KeyId));
  await refused(
    ann.kms.send(encryptWith(KeyId)),
    'AccessDeniedException',
    denial(ann.arn, 'kms:Encrypt', arnOf(KeyId), 'because no resource-based policy allows the kms:Encrypt action'),
  );
});

test('a key policy names users and roles that are there; that of RAM is RAM’s', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = await newKey(kms);
  const bob = await userOf(cloud, 'bob');
  const put = (who: string, more: object = {}) => {
    const Policy = document(allow({ AWS: ROOT }, 'kms:*'), allow({ AWS: who }, 'kms:Encrypt'));
    return kms.send(new PutKeyPolicyCommand({ KeyId, Policy, ...more }));
  };
  const invalid = 'Policy contains a statement with one or more invalid principals.';
  for (const who of [bob.arn.replace('bob', 'eve'), bob.arn.replace('user/bob', 'role/bob'), 'eve'])
    await refused(put(who, { BypassPolicyLockoutSafetyCheck: true }), 'MalformedPolicyDocumentException', invalid);
  await put(bob.arn);
  await refused(
    put(bob.arn, { PolicyName: 'AWS_RAM' }),
    'ValidationException',
    'The AWS_RAM policy can only be managed by the RAM service.',
  );
});

test('another account needs the key policy and its own; it learns nothing of what it may not use', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = await newKey(kms);
  const arn = arnOf(KeyId);
  const theirs = kmsOf(cloud, OTHER);
  const who = `arn:aws:iam::${OTHER}:root`;
  const untold =
    'because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access';
  const none = arnOf('11111111-2222-3333-4444-555555555555');
  for (const key of [arn, none])
    await refused(theirs.send(encryptWith(key)), 'AccessDeniedException', denial(who, 'kms:Encrypt', key, untold));
  const Policy = document(DELEGATES, allow({ AWS: OTHER }, ['kms:Encrypt', 'kms:Decrypt', 'kms:DisableKey']));
  await kms.send(new PutKeyPolicyCommand({ KeyId, Policy }));
  const { CiphertextBlob } = await theirs.send(encryptWith(arn));
  assert.equal(text((await theirs.send(new DecryptCommand({ CiphertextBlob }))).Plaintext), 'x');
  // Managing a key is for its own account, whatever its policy says.
  await refused(
    theirs.send(new DisableKeyCommand({ KeyId: arn })),
    'AccessDeniedException',
    denial(who, 'kms:DisableKey', arn, untold),
  );
});

test('conditions see the encryption context, the alias, the account', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = await newKey(kms);
  await kms.send(new CreateAliasCommand({ AliasName: 'alias/app', TargetKeyId: KeyId }));
  const ann = await userOf(cloud, 'ann');
  const may = async (Condition: object, KeyOrAlias = KeyId, context?: Record<string, string>) => {
    const Policy = document(DELEGATES, allow({ AWS: ann.arn }, 'kms:Encrypt', { Condition }));
    await kms.send(new PutKeyPolicyCommand({ KeyId, Policy }));
    try {
      await ann.kms.send(encryptWith(KeyOrAlias, context));
      return true;
    } catch (error) {
      assert.equal((error as Error).name, 'AccessDeniedException');
      return false;
    }
  };
  const dept = { StringEquals: { 'kms:EncryptionContext:Dept': 'IT' } };
  assert.equal(await may(dept, KeyId, { Dept: 'IT' }), true);
  assert.equal(await may(dept, KeyId, { Dept: 'HR' }), false);
  assert.equal(await may(dept), false);
  const names = { 'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['a', 'b'] } };
  assert.equal(await may(names, KeyId, { a: '1' }), true);
  assert.equal(await may(names, KeyId, { a: '1', c: '1' }), false);
  assert.equal(await may({ StringEquals: { 'kms:RequestAlias': 'alias/app' } }, 'alias/app'), true);
  assert.equal(await may({ StringEquals: { 'kms:RequestAlias': 'alias/app' } }), false);
  assert.equal(await may({ 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/app' } }), true);
  assert.equal(await may({ StringEquals: { 'kms:CallerAccount': ACCOUNT, 'kms:KeySpec': 'SYMMETRIC_DEFAULT' } }), true);
  assert.equal(await may({ Bool: { 'kms:MultiRegion': 'true' } }), false);
  assert.equal(await may({ StringEquals: { 'kms:ViaService': 'sqs.us-east-1.amazonaws.com' } }), false);
});

test('ReEncrypt asks both keys', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const [one, two] = [await newKey(kms), await newKey(kms)];
  const ann = await userOf(cloud, 'ann', iamAllow(['kms:Encrypt', 'kms:ReEncryptFrom']));
  const { CiphertextBlob } = await ann.kms.send(encryptWith(one));
  await refused(
    ann.kms.send(new ReEncryptCommand({ CiphertextBlob, DestinationKeyId: two })),
    'AccessDeniedException',
    denial(
      ann.arn,
      'kms:ReEncryptTo',
      arnOf(two),
      'because no identity-based policy allows the kms:ReEncryptTo action',
    ),
  );
});

test('a grant lets its grantee do what it says, within its constraints, until it is retired or revoked', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = await newKey(kms);
  const ann = await userOf(cloud, 'ann');
  const bob = await userOf(cloud, 'bob');
  const grant = (input: Partial<CreateGrantCommandInput>) =>
    kms.send(new CreateGrantCommand({ KeyId, GranteePrincipal: ann.arn, Operations: ['Encrypt'], ...input }));
  const made = await grant({
    RetiringPrincipal: bob.arn,
    Constraints: { EncryptionContextSubset: { team: 'a' } },
    Name: 'one',
  });
  assert.match(made.GrantId ?? '', /^[0-9a-f]{64}$/);
  const GrantTokens = [made.GrantToken ?? ''];
  await ann.kms.send(
    new EncryptCommand({ KeyId, Plaintext: bytes('x'), EncryptionContext: { team: 'a', n: '1' }, GrantTokens }),
  );
  const ungranted = denial(
    ann.arn,
    'kms:Encrypt',
    arnOf(KeyId),
    'because no identity-based policy allows the kms:Encrypt action',
  );
  await refused(ann.kms.send(encryptWith(KeyId, { team: 'b' })), 'AccessDeniedException', ungranted);
  await refused(
    kms.send(new EncryptCommand({ KeyId, Plaintext: bytes('x'), GrantTokens: ['nonsense'] })),
    'InvalidGrantTokenException',
    'Invalid grant token.',
  );
  const again = await grant({
    RetiringPrincipal: bob.arn,
    Constraints: { EncryptionContextSubset: { team: 'a' } },
    Name: 'one',
  });
  assert.equal(again.GrantId, made.GrantId);
  assert.notEqual(again.GrantToken, made.GrantToken);
  const { Grants } = await kms.send(new ListGrantsCommand({ KeyId }));
  assert.equal(Grants?.length, 1);
  assert.deepEqual(
    [Grants?.[0]?.Name, Grants?.[0]?.GranteePrincipal, Grants?.[0]?.IssuingAccount, Grants?.[0]?.Operations],
    ['one', ann.arn, ROOT, ['Encrypt']],
  );
  // One without a name is told with an empty one.
  const nameless = await grant({});
  const { Grants: some } = await kms.send(new ListGrantsCommand({ KeyId, GrantId: nameless.GrantId }));
  assert.equal(some?.[0]?.Name, '');
  await kms.send(new RevokeGrantCommand({ KeyId, GrantId: nameless.GrantId }));
  const retirable = await kms.send(new ListRetirableGrantsCommand({ RetiringPrincipal: bob.arn }));
  assert.deepEqual(retirable.Grants, Grants);
  assert.equal(
    (await failure(ann.kms.send(new RetireGrantCommand({ GrantToken: made.GrantToken })))).name,
    'AccessDeniedException',
  );
  await bob.kms.send(new RetireGrantCommand({ GrantToken: made.GrantToken }));
  await refused(ann.kms.send(encryptWith(KeyId, { team: 'a' })), 'AccessDeniedException', ungranted);
  const { GrantId } = await grant({});
  await ann.kms.send(encryptWith(KeyId));
  await kms.send(new RevokeGrantCommand({ KeyId, GrantId }));
  await refused(ann.kms.send(encryptWith(KeyId)), 'AccessDeniedException', ungranted);
  await refused(
    kms.send(new RevokeGrantCommand({ KeyId, GrantId })),
    'NotFoundException',
    `Grant ID ${GrantId} not found`,
  );
});

test('a grant of CreateGrant passes on no more than it holds; a grant crosses accounts; a deny beats it', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = await newKey(kms);
  const ann = await userOf(cloud, 'ann');
  const bob = await userOf(cloud, 'bob');
  await kms.send(
    new CreateGrantCommand({ KeyId, GranteePrincipal: ann.arn, Operations: ['CreateGrant', 'Encrypt', 'DescribeKey'] }),
  );
  const pass = (Operations: CreateGrantCommandInput['Operations']) =>
    ann.kms.send(new CreateGrantCommand({ KeyId: arnOf(KeyId), GranteePrincipal: bob.arn, Operations }));
  assert.equal((await failure(pass(['Decrypt']))).name, 'AccessDeniedException');
  await pass(['Encrypt']);
  await bob.kms.send(encryptWith(KeyId));
  const outside = `arn:aws:iam::${OTHER}:root`;
  await kms.send(new CreateGrantCommand({ KeyId, GranteePrincipal: outside, Operations: ['Encrypt'] }));
  await kmsOf(cloud, OTHER).send(encryptWith(arnOf(KeyId)));
  // An account passes on by its own policies what it was granted.
  const eve = await userOf({ ...cloud, client: of(cloud, OTHER) }, 'eve', iamAllow('kms:*'));
  await eve.kms.send(encryptWith(arnOf(KeyId)));
  const mallory = await userOf({ ...cloud, client: of(cloud, OTHER) }, 'mallory', iamAllow('kms:Decrypt'));
  assert.equal((await failure(mallory.kms.send(encryptWith(arnOf(KeyId))))).name, 'AccessDeniedException');
  const never = { Effect: 'Deny', Principal: { AWS: bob.arn }, Action: 'kms:Encrypt', Resource: '*' };
  await kms.send(new PutKeyPolicyCommand({ KeyId, Policy: document(DELEGATES, never) }));
  await refused(
    bob.kms.send(encryptWith(KeyId)),
    'AccessDeniedException',
    denial(bob.arn, 'kms:Encrypt', arnOf(KeyId), 'with an explicit deny in a resource-based policy'),
  );
});

test('what CreateGrant refuses', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = await newKey(kms, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  const grant = (input: Partial<CreateGrantCommandInput>) =>
    kms.send(new CreateGrantCommand({ KeyId, GranteePrincipal: ROOT, Operations: ['GenerateMac'], ...input }));
  await refused(
    grant({ Operations: ['Encrypt'] }),
    'ValidationException',
    'Operations [Encrypt] are not supported when creating a grant for a symmetric KMS key with key usage GENERATE_VERIFY_MAC. Valid operations are [CreateGrant, RetireGrant, DescribeKey, GenerateMac, VerifyMac]',
  );
  await refused(
    grant({ Constraints: { EncryptionContextEquals: { a: '1' } } }),
    'ValidationException',
    'EncryptionContext is supported only when creating a grant for a symmetric encryption KMS key.',
  );
  await refused(
    grant({ GranteePrincipal: 'somebody' }),
    'InvalidArnException',
    'ARN does not refer to a valid principal: somebody',
  );
  await refused(
    grant({ GranteePrincipal: `arn:aws:iam::${ACCOUNT}:role/none` }),
    'InvalidArnException',
    `ARN does not refer to a valid principal: arn:aws:iam::${ACCOUNT}:role/none`,
  );
  await refused(
    grant({ DryRun: true }),
    'DryRunOperationException',
    'The request would have succeeded, but the DryRun option is set.',
  );
  assert.deepEqual((await kms.send(new ListGrantsCommand({ KeyId }))).Grants, []);
});

test('a context of no pairs constrains nothing', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = await newKey(kms);
  const grant = (EncryptionContextSubset: Record<string, string>) =>
    kms.send(
      new CreateGrantCommand({
        KeyId,
        GranteePrincipal: ROOT,
        Operations: ['Encrypt'],
        Constraints: { EncryptionContextEquals: { team: 'a' }, EncryptionContextSubset },
      }),
    );
  await grant({});
  const { Grants } = await kms.send(new ListGrantsCommand({ KeyId }));
  assert.deepEqual(
    Grants?.map(({ Constraints }) => Constraints),
    [{ EncryptionContextEquals: { team: 'a' } }],
  );
  await refused(
    grant({ team: 'a' }),
    'ValidationException',
    'Only one encryption context constraint can be specified.',
  );
});

test('an AWS managed key is made when its service first needs it, and is for use through the service only', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  assert.deepEqual(await aliasesOf(kms), []);
  const ann = await userOf(cloud, 'ann');
  const principal: Principal = { kind: 'user', account: ACCOUNT, arn: ann.arn, id: ann.id, name: 'ann' };
  const { kernel } = cloud.server.cloud;
  const place = { endpoint: 'sqs', account: ACCOUNT, region: 'us-east-1' };
  const facts = { principal, accessKeyId: undefined, sourceIp: '192.0.2.1', userAgent: 'test', secure: true };
  const sqs = reachOf(kernel, place, factsOf(facts, undefined, 'us-east-1'));
  const KeyId = 'alias/aws/sqs';
  const made = await sqs.forCaller().kms.GenerateDataKey({ KeyId, KeySpec: 'AES_256' });
  const opened = await sqs.own().kms.Decrypt({ CiphertextBlob: made.CiphertextBlob ?? new Uint8Array() });
  assert.deepEqual(opened.Plaintext, made.Plaintext);
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
  assert.deepEqual(
    [KeyMetadata?.Arn, KeyMetadata?.KeyManager, KeyMetadata?.Description],
    [made.KeyId, 'AWS', 'Default key that protects my SQS messages when no other key is defined'],
  );
  for (const client of [kms, ann.kms])
    assert.match(
      (await failure(client.send(encryptWith(KeyId)))).message,
      /because no resource-based policy allows the kms:Encrypt action$/,
    );
  const { Policy } = await kms.send(new GetKeyPolicyCommand({ KeyId: KeyMetadata?.KeyId }));
  assert.equal(JSON.parse(Policy ?? '').Id, 'auto-sqs-1');
  const s3 = reachOf(kernel, { ...place, endpoint: 's3' }, factsOf(facts, undefined, 'us-east-1'));
  assert.equal((await failure(s3.forCaller().kms.Encrypt({ KeyId, Plaintext: bytes('x') }))).name, 'ServiceError');
  const foreign = await failure(s3.forCaller().kms.Encrypt({ KeyId: 'alias/aws/sns', Plaintext: bytes('x') }));
  assert.equal(foreign.message, `Alias arn:aws:kms:us-east-1:${ACCOUNT}:alias/aws/sns is not found.`);
  // Describing a predefined alias makes its key, too.
  const described = await kms.send(new DescribeKeyCommand({ KeyId: 'alias/aws/s3' }));
  assert.equal(described.KeyMetadata?.KeyManager, 'AWS');
});

test('who may retire a grant is said by the grant and by the account’s policies, not by the key’s', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = arnOf(await newKey(kms));
  const [ann, bob, cid] = await Promise.all([
    userOf(cloud, 'ann'),
    userOf(cloud, 'bob', iamAllow('kms:RetireGrant')),
    userOf(cloud, 'cid', { Effect: 'Deny', Action: 'kms:RetireGrant', Resource: '*' }),
  ]);
  const Policy = document(DELEGATES, allow({ AWS: ann.arn }, 'kms:*'));
  await kms.send(new PutKeyPolicyCommand({ KeyId, Policy }));
  const retired = async (by: KMSClient, grant: Partial<CreateGrantCommandInput> = {}) => {
    const plain = { KeyId, GranteePrincipal: ROOT, Operations: ['Decrypt' as const] };
    const { GrantId } = await kms.send(new CreateGrantCommand({ ...plain, ...grant }));
    const answer = await Promise.allSettled([by.send(new RetireGrantCommand({ KeyId, GrantId }))]);
    const [{ status, reason }] = answer as [{ status: string; reason?: Error }];
    assert.ok(status === 'fulfilled' || reason?.name === 'AccessDeniedException', String(reason));
    return status === 'fulfilled';
  };
  assert.equal(await retired(ann.kms), false);
  assert.equal(await retired(bob.kms), true);
  assert.equal(await retired(ann.kms, { RetiringPrincipal: ann.arn }), true);
  assert.equal(await retired(cid.kms, { RetiringPrincipal: cid.arn }), false);
  const theirs = { client: of(cloud, OTHER) } as TestCloud;
  const [dan, eve] = await Promise.all([userOf(theirs, 'dan', iamAllow('kms:RetireGrant')), userOf(theirs, 'eve')]);
  const account = { RetiringPrincipal: `arn:aws:iam::${OTHER}:root` };
  assert.equal(await retired(dan.kms), false);
  assert.equal(await retired(dan.kms, account), true);
  assert.equal(await retired(eve.kms, account), false);
});
