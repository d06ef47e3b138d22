/** S3 Access Grants: instances, locations and grants, and the credentials that they give. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateAccessGrantCommand,
  type CreateAccessGrantCommandInput,
  CreateAccessGrantsInstanceCommand,
  CreateAccessGrantsLocationCommand,
  DeleteAccessGrantCommand,
  DeleteAccessGrantsInstanceCommand,
  DeleteAccessGrantsInstanceResourcePolicyCommand,
  DeleteAccessGrantsLocationCommand,
  GetAccessGrantCommand,
  GetAccessGrantsInstanceCommand,
  GetAccessGrantsInstanceForPrefixCommand,
  GetAccessGrantsInstanceResourcePolicyCommand,
  GetAccessGrantsLocationCommand,
  GetDataAccessCommand,
  type GetDataAccessCommandInput,
  ListAccessGrantsCommand,
  ListAccessGrantsInstancesCommand,
  ListAccessGrantsLocationsCommand,
  ListCallerAccessGrantsCommand,
  ListTagsForResourceCommand,
  PutAccessGrantsInstanceResourcePolicyCommand,
  type S3ControlClient,
  TagResourceCommand,
  UpdateAccessGrantsLocationCommand,
} from '@aws-sdk/client-s3-control';
import { START } from '../../support/cloud.ts';
import { allow, type Keys, policy, userWithKey } from '../iam/support.ts';
import { clientOf, type S3Cloud, startS3 } from '../s3/setup.ts';
import { controlOf } from './setup.ts';

const AccountId = '123456789012';
const INSTANCE = `arn:aws:s3:us-east-1:${AccountId}:access-grants/default`;
const Role = `arn:aws:iam::${AccountId}:role/grants`;
const Actions = ['sts:AssumeRole', 'sts:SetSourceIdentity'];

const trust = (Action: string[], Condition?: object) =>
  policy({
    Effect: 'Allow',
    Principal: { Service: 'access-grants.s3.amazonaws.com' },
    Action,
    ...(Condition !== undefined && { Condition }),
  });

/** A cloud with an instance, and the role of all its locations, which may do something only in its name. */
async function startGrants() {
  const cloud = await startS3();
  const control = controlOf(cloud);
  const iam = cloud.client(IAMClient);
  const source = { StringEquals: { 'aws:SourceAccount': AccountId, 'aws:SourceArn': INSTANCE } };
  const AssumeRolePolicyDocument = trust(Actions, source);
  await iam.send(new CreateRoleCommand({ RoleName: 'grants', AssumeRolePolicyDocument }));
  const PolicyDocument = policy(allow('s3:*', '*', { ArnEquals: { 's3:AccessGrantsInstanceArn': INSTANCE } }));
  await iam.send(new PutRolePolicyCommand({ RoleName: 'grants', PolicyName: 'all', PolicyDocument }));
  await control.send(new CreateAccessGrantsInstanceCommand({ AccountId }));
  return Object.assign(cloud, { control, iam });
}

async function locate(control: S3ControlClient, LocationScope: string) {
  const asked = new CreateAccessGrantsLocationCommand({ AccountId, LocationScope, IAMRoleArn: Role });
  return (await control.send(asked)).AccessGrantsLocationId ?? '';
}

function grant(
  control: S3ControlClient,
  AccessGrantsLocationId: string,
  S3SubPrefix: string | undefined,
  Permission: 'READ' | 'WRITE' | 'READWRITE',
  more: Partial<CreateAccessGrantCommandInput> = {},
) {
  return control.send(
    new CreateAccessGrantCommand({
      AccountId,
      AccessGrantsLocationId,
      Permission,
      Grantee: { GranteeType: 'IAM', GranteeIdentifier: `arn:aws:iam::${AccountId}:user/ann` },
      ...(S3SubPrefix !== undefined && { AccessGrantsLocationConfiguration: { S3SubPrefix } }),
      ...more,
    }),
  );
}

const ASKS = policy(allow(['s3:GetDataAccess', 's3:ListCallerAccessGrants'], INSTANCE));

/** What was given to a caller, and a client that has it. */
async function access(cloud: S3Cloud, keys: Keys, asked: Partial<GetDataAccessCommandInput>) {
  const client = controlOf(cloud, { credentials: keys });
  const { Credentials, ...rest } = await client.send(
    new GetDataAccessCommand({ AccountId, Permission: 'READ', Target: '', ...asked }),
  );
  const credentials = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
  return { ...rest, until: Credentials?.Expiration, s3: clientOf(cloud, '', { credentials }) };
}

/** Whether each of these may be done. */
async function may(s3: S3Client, Bucket: string, ...doings: [what: 'get' | 'put' | 'delete' | 'list', Key: string][]) {
  const all = doings.map(async ([what, Key]) => {
    const doing =
      what === 'get'
        ? s3.send(new GetObjectCommand({ Bucket, Key }))
        : what === 'put'
          ? s3.send(new PutObjectCommand({ Bucket, Key, Body: 'new' }))
          : what === 'delete'
            ? s3.send(new DeleteObjectCommand({ Bucket, Key }))
            : s3.send(new ListObjectsV2Command({ Bucket, Prefix: Key }));
    return doing.then(
      () => true,
      (error: Error) => (error.name === 'AccessDenied' ? false : error.name),
    );
  });
  return Promise.all(all);
}

test('an account has an instance in a Region, which goes when it is empty', async () => {
  await using cloud = await startS3();
  const control = controlOf(cloud);
  const shown = { CreatedAt: new Date(START), AccessGrantsInstanceId: 'default', AccessGrantsInstanceArn: INSTANCE };
  const create = () =>
    control.send(new CreateAccessGrantsInstanceCommand({ AccountId, Tags: [{ Key: 'a', Value: '1' }] }));
  const get = (client = control) => client.send(new GetAccessGrantsInstanceCommand({ AccountId }));
  const none = { name: 'AccessGrantsInstanceNotExistsError', message: 'Access Grants Instance does not exist' };
  await assert.rejects(get(), none);
  const { $metadata: _, ...made } = await create();
  assert.deepEqual(made, shown);
  await assert.rejects(create(), { name: 'AccessGrantsInstanceAlreadyExists' });
  assert.equal((await get()).AccessGrantsInstanceArn, INSTANCE);
  await assert.rejects(get(controlOf(cloud, { region: 'eu-west-1' })), none);
  const { AccessGrantsInstancesList } = await control.send(new ListAccessGrantsInstancesCommand({ AccountId }));
  assert.deepEqual(AccessGrantsInstancesList, [shown]);
  const forPrefix = (S3Prefix: string) =>
    control.send(new GetAccessGrantsInstanceForPrefixCommand({ AccountId, S3Prefix }));
  assert.equal((await forPrefix(`s3://${cloud.Bucket}/a/*`)).AccessGrantsInstanceArn, INSTANCE);
  await assert.rejects(forPrefix('s3://nowhere-2026/a'), none);
  const named = { AccountId, ResourceArn: INSTANCE };
  await control.send(new TagResourceCommand({ ...named, Tags: [{ Key: 'b', Value: '2' }] }));
  const { Tags } = await control.send(new ListTagsForResourceCommand(named));
  assert.deepEqual(
    Tags?.map(({ Key }) => Key),
    ['a', 'b'],
  );
  await locate(control, 's3://');
  const remove = () => control.send(new DeleteAccessGrantsInstanceCommand({ AccountId }));
  await assert.rejects(remove(), { name: 'AccessGrantsInstanceNotEmptyError' });
  await control.send(new DeleteAccessGrantsLocationCommand({ AccountId, AccessGrantsLocationId: 'default' }));
  await remove();
  await assert.rejects(get(), none);
  const IdentityCenterArn = 'arn:aws:sso:::instance/ssoins-1234567890abcdef';
  await assert.rejects(control.send(new CreateAccessGrantsInstanceCommand({ AccountId, IdentityCenterArn })), {
    name: 'NotImplemented',
  });
});

test('locations are registered once, for buckets that are there; grants narrow them', async () => {
  await using cloud = await startGrants();
  const { control, Bucket } = cloud;
  const id = await locate(control, `s3://${Bucket}/data/`);
  const shown = await control.send(new GetAccessGrantsLocationCommand({ AccountId, AccessGrantsLocationId: id }));
  assert.deepEqual(
    [shown.LocationScope, shown.IAMRoleArn, shown.AccessGrantsLocationArn],
    [`s3://${Bucket}/data/`, Role, `${INSTANCE}/location/${id}`],
  );
  await assert.rejects(locate(control, `s3://${Bucket}/data/`), { name: 'AccessGrantsLocationAlreadyExistsError' });
  for (const odd of ['s3://nowhere-2026/', 'data/*'])
    await assert.rejects(locate(control, odd), { name: 'InvalidAccessGrantsLocation' });
  assert.equal(await locate(control, 's3://'), 'default');
  const { AccessGrantsLocationsList = [] } = await control.send(new ListAccessGrantsLocationsCommand({ AccountId }));
  assert.equal(AccessGrantsLocationsList.length, 2);
  const other = `arn:aws:iam::${AccountId}:role/other`;
  const update = new UpdateAccessGrantsLocationCommand({ AccountId, AccessGrantsLocationId: id, IAMRoleArn: other });
  assert.equal((await control.send(update)).IAMRoleArn, other);
  const made = await grant(control, id, 'in/*', 'READ');
  assert.deepEqual(
    [made.GrantScope, made.AccessGrantArn, made.Permission, made.AccessGrantsLocationConfiguration],
    [`s3://${Bucket}/data/in/*`, `${INSTANCE}/grant/${made.AccessGrantId}`, 'READ', { S3SubPrefix: 'in/*' }],
  );
  await assert.rejects(grant(control, id, 'in/*', 'READ'), { name: 'AccessGrantAlreadyExists' });
  await grant(control, id, 'in/*', 'WRITE');
  await assert.rejects(grant(control, 'default', undefined, 'READ'), { name: 'InvalidAccessGrant' });
  await assert.rejects(grant(control, 'default', 'nowhere-2026/*', 'READ'), { name: 'InvalidAccessGrant' });
  await assert.rejects(grant(control, 'nobody', '*', 'READ'), { name: 'NoSuchAccessGrantsLocationError' });
  const directory = {
    Grantee: { GranteeType: 'DIRECTORY_USER' as const, GranteeIdentifier: '83d43802-00b1-7054-db02-f1d683aacba5' },
  };
  await assert.rejects(grant(control, id, '*', 'READ', directory), { name: 'NotImplemented' });
  const list = async (more: object) => {
    const { AccessGrantsList = [], NextToken } = await control.send(
      new ListAccessGrantsCommand({ AccountId, ...more }),
    );
    return { permissions: AccessGrantsList.map(({ Permission }) => Permission), NextToken };
  };
  assert.deepEqual((await list({ Permission: 'WRITE' })).permissions, ['WRITE']);
  const first = await list({ MaxResults: 1 });
  const second = await list({ NextToken: first.NextToken });
  assert.deepEqual([...first.permissions, ...second.permissions].toSorted(), ['READ', 'WRITE']);
  const AccessGrantId = made.AccessGrantId ?? '';
  const remove = () => control.send(new DeleteAccessGrantCommand({ AccountId, AccessGrantId }));
  const location = new DeleteAccessGrantsLocationCommand({ AccountId, AccessGrantsLocationId: id });
  await assert.rejects(control.send(location), { name: 'AccessGrantsLocationNotEmptyError' });
  await remove();
  await assert.rejects(remove(), {
    name: 'NoSuchAccessGrantError',
    message: 'The specified access grant does not exist',
  });
  await assert.rejects(control.send(new GetAccessGrantCommand({ AccountId, AccessGrantId })), {
    name: 'NoSuchAccessGrantError',
  });
});

test('credentials reach as far as the grant, and do what it permits', async () => {
  await using cloud = await startGrants();
  const { control, Bucket, s3 } = cloud;
  for (const Key of ['bob/a', 'bob/reports/b', 'eve/c'])
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  const ann = await userWithKey(cloud, 'ann', ASKS);
  const all = await locate(control, 's3://');
  await grant(control, all, `${Bucket}/bob/*`, 'READ');
  await grant(control, all, `${Bucket}/bob/reports/*`, 'READWRITE');
  const whole = `s3://${Bucket}/bob/*`;
  const read = await access(cloud, ann, { Target: whole });
  assert.equal(read.MatchedGrantTarget, whole);
  assert.deepEqual(read.Grantee, { GranteeType: 'IAM', GranteeIdentifier: `arn:aws:iam::${AccountId}:user/ann` });
  assert.deepEqual(read.until, new Date(START + 3_600_000));
  assert.deepEqual(
    await may(
      read.s3,
      Bucket,
      ['get', 'bob/a'],
      ['get', 'eve/c'],
      ['put', 'bob/a'],
      ['list', 'bob/'],
      ['list', ''],
      ['list', 'eve/'],
    ),
    [true, false, false, true, false, false],
  );
  const nearer = await access(cloud, ann, { Target: `s3://${Bucket}/bob/reports/b`, Permission: 'READWRITE' });
  assert.equal(nearer.MatchedGrantTarget, `s3://${Bucket}/bob/reports/*`);
  assert.deepEqual(
    await may(
      nearer.s3,
      Bucket,
      ['get', 'bob/reports/b'],
      ['put', 'bob/reports/d'],
      ['delete', 'bob/reports/d'],
      ['get', 'bob/a'],
    ),
    [true, true, true, false],
  );
  const minimal = { Target: `s3://${Bucket}/bob/reports/b`, Privilege: 'Minimal', TargetType: 'Object' } as const;
  const least = await access(cloud, ann, { ...minimal, DurationSeconds: 900 });
  assert.deepEqual([least.MatchedGrantTarget, least.until], [minimal.Target, new Date(START + 900_000)]);
  assert.deepEqual(
    await may(least.s3, Bucket, ['get', 'bob/reports/b'], ['get', 'bob/reports/bb'], ['put', 'bob/reports/b']),
    [true, false, false],
  );
  const write = { Target: whole, Permission: 'WRITE' as const };
  await assert.rejects(access(cloud, ann, write), {
    name: 'AccessDenied',
    message: `You do not have WRITE permissions to the requested S3 Prefix: ${whole}`,
  });
  await assert.rejects(access(cloud, ann, { Target: `s3://${Bucket}/*` }), { name: 'AccessDenied' });
  const bob = await userWithKey(cloud, 'bob', ASKS);
  await assert.rejects(access(cloud, bob, { Target: whole }), { name: 'AccessDenied' });
  const nobody = await userWithKey(cloud, 'nobody');
  await assert.rejects(access(cloud, nobody, { Target: whole }), /not authorized to perform: s3:GetDataAccess/);
  const callers = controlOf(cloud, { credentials: ann });
  const { CallerAccessGrantsList } = await callers.send(new ListCallerAccessGrantsCommand({ AccountId }));
  assert.deepEqual(CallerAccessGrantsList, [
    { Permission: 'READ', GrantScope: whole },
    { Permission: 'READWRITE', GrantScope: `s3://${Bucket}/bob/reports/*` },
  ]);
  await cloud.advance(900_000);
  assert.deepEqual(await may(least.s3, Bucket, ['get', 'bob/reports/b']), ['ExpiredToken']);
});

test('a grant of one object opens that alone; of a bucket all in it, and no other that begins alike', async () => {
  await using cloud = await startGrants();
  const { control, Bucket, s3 } = cloud;
  for (const Key of ['a', 'ab']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  const ann = await userWithKey(cloud, 'ann', ASKS);
  const id = await locate(control, `s3://${Bucket}`);
  await grant(control, id, 'a', 'READ', { S3PrefixType: 'Object' });
  const one = await access(cloud, ann, { Target: `s3://${Bucket}/a` });
  assert.deepEqual(await may(one.s3, Bucket, ['get', 'a'], ['get', 'ab']), [true, false]);
  await assert.rejects(access(cloud, ann, { Target: `s3://${Bucket}/ab` }), { name: 'AccessDenied' });
  await grant(control, id, undefined, 'READ');
  const all = await access(cloud, ann, { Target: `s3://${Bucket}/ab` });
  assert.deepEqual(await may(all.s3, Bucket, ['get', 'a'], ['get', 'ab'], ['list', '']), [true, true, true]);
  await assert.rejects(access(cloud, ann, { Target: `s3://${Bucket}-more/a` }), { name: 'AccessDenied' });
});

test('the location’s role has to trust Access Grants, and to last as long', async () => {
  await using cloud = await startGrants();
  const { control, Bucket, iam } = cloud;
  const ann = await userWithKey(cloud, 'ann', ASKS);
  await grant(control, await locate(control, 's3://'), `${Bucket}/*`, 'READ');
  const ask = (DurationSeconds?: number) =>
    access(cloud, ann, { Target: `s3://${Bucket}/*`, ...(DurationSeconds !== undefined && { DurationSeconds }) });
  await assert.rejects(ask(7_200), {
    name: 'StsValidationError',
    message: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
  });
  const retrust = (PolicyDocument: string) =>
    iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'grants', PolicyDocument }));
  await retrust(trust(['sts:AssumeRole']));
  const refused = (action: string) => ({
    name: 'StsNotAuthorizedError',
    message: `User: access-grants.s3.amazonaws.com is not authorized to perform: ${action} on resource: ${Role}`,
  });
  await assert.rejects(ask(), refused('sts:SetSourceIdentity'));
  await retrust(trust(Actions, { StringEquals: { 'aws:SourceArn': `${INSTANCE}x` } }));
  await assert.rejects(ask(), refused('sts:AssumeRole'));
  await retrust(trust(Actions));
  await ask();
});

test('another account asks where the instance’s policy lets it in', async () => {
  await using cloud = await startGrants();
  const { control, Bucket, s3 } = cloud;
  const theirs = '210987654321';
  await s3.send(new PutObjectCommand({ Bucket, Key: 'shared/a', Body: 'a' }));
  const Grantee = { GranteeType: 'IAM' as const, GranteeIdentifier: `arn:aws:iam::${theirs}:role/reader` };
  await grant(control, await locate(control, 's3://'), `${Bucket}/shared/*`, 'READ', { Grantee });
  const there = cloud.server.cloud.aws(theirs, 'us-east-1');
  await there.iam.CreateRole({
    RoleName: 'reader',
    AssumeRolePolicyDocument: policy({ Effect: 'Allow', Principal: { AWS: theirs }, Action: 'sts:AssumeRole' }),
  });
  await there.iam.PutRolePolicy({ RoleName: 'reader', PolicyName: 'own', PolicyDocument: policy(allow('s3:*')) });
  const { Credentials: given } = await there.sts.AssumeRole({
    RoleArn: Grantee.GranteeIdentifier,
    RoleSessionName: 'ann',
  });
  const keys = {
    accessKeyId: given?.AccessKeyId ?? '',
    secretAccessKey: given?.SecretAccessKey ?? '',
    sessionToken: given?.SessionToken ?? '',
  };
  const ask = () => access(cloud, keys, { Target: `s3://${Bucket}/shared/*` });
  await assert.rejects(ask(), { name: 'AccessDenied' });
  const statement = { Effect: 'Allow' as const, Principal: { AWS: theirs }, Action: 's3:GetDataAccess' };
  const put = (Resource: string) =>
    control.send(
      new PutAccessGrantsInstanceResourcePolicyCommand({ AccountId, Policy: policy({ ...statement, Resource }) }),
    );
  await assert.rejects(put(`arn:aws:s3:::${Bucket}`), { name: 'InvalidResourcePolicy' });
  const { Policy } = await put(INSTANCE);
  const get = () => control.send(new GetAccessGrantsInstanceResourcePolicyCommand({ AccountId }));
  assert.equal((await get()).Policy, Policy);
  const { s3: reader } = await ask();
  assert.deepEqual(await may(reader, Bucket, ['get', 'shared/a'], ['get', 'other']), [true, false]);
  await control.send(new DeleteAccessGrantsInstanceResourcePolicyCommand({ AccountId }));
  await assert.rejects(get(), { name: 'AccessGrantsInstanceResourcePolicyNotExists' });
  await assert.rejects(ask(), { name: 'AccessDenied' });
});
