/** MFA devices: real codes, the sessions they open and the policies that ask for them. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  DeleteUserCommand,
  DeleteVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  GetMFADeviceCommand,
  IAMClient,
  ListMFADevicesCommand,
  ListMFADeviceTagsCommand,
  ListUsersCommand,
  ListVirtualMFADevicesCommand,
  PutUserPolicyCommand,
  ResyncMFADeviceCommand,
  TagMFADeviceCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';

const ACCOUNT = '123456789012';
const STEP = 30_000;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** A phone: the codes of a seed in base 32. */
function codes(seed: Uint8Array): (step: number) => string {
  const bits = [...Buffer.from(seed).toString()]
    .map((sign) => BASE32.indexOf(sign).toString(2).padStart(5, '0'))
    .join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((eight) => Number.parseInt(eight, 2)));
  return (step) => {
    const counter = Buffer.alloc(8);
    counter.writeUInt32BE(step, 4);
    const hash = createHmac('sha1', key).update(counter).digest();
    const offset = (hash[19] ?? 0) & 15;
    return String((hash.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
  };
}

/** The user ann with a device that works, and one with her keys. */
async function startWithDevice(cloud: TestCloud) {
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  const { VirtualMFADevice: made } = await iam.send(
    new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'phone', Tags: [{ Key: 'a', Value: 'b' }] }),
  );
  const SerialNumber = made?.SerialNumber ?? '';
  const code = codes(made?.Base32StringSeed ?? new Uint8Array());
  let step = Math.floor(START / STEP);
  const enable = (AuthenticationCode1: string, AuthenticationCode2: string) =>
    iam.send(new EnableMFADeviceCommand({ UserName: 'ann', SerialNumber, AuthenticationCode1, AuthenticationCode2 }));
  await assert.rejects(enable('000000', '000001'), {
    name: 'InvalidAuthenticationCodeException',
    message: 'Authentication code for device is not valid.',
  });
  await enable(code(step), code(step + 1));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {};
  return {
    iam,
    SerialNumber,
    image: made?.QRCodePNG,
    credentials: { accessKeyId, secretAccessKey },
    /** A code that was not seen before; time moves on for it. */
    fresh: async () => {
      step += 2;
      await cloud.advance(2 * STEP);
      return code(step);
    },
  };
}

test('a device is made, given, listed, tagged and taken away', async () => {
  await using cloud = await startTestCloud();
  const { iam, SerialNumber, image, fresh } = await startWithDevice(cloud);
  assert.equal(SerialNumber, `arn:aws:iam::${ACCOUNT}:mfa/phone`);
  assert.equal(Buffer.from(image ?? []).toString('latin1', 1, 4), 'PNG');
  const { MFADevices } = await iam.send(new ListMFADevicesCommand({ UserName: 'ann' }));
  assert.deepEqual(MFADevices, [{ UserName: 'ann', SerialNumber, EnableDate: new Date(START) }]);
  const assigned = await iam.send(new ListVirtualMFADevicesCommand({ AssignmentStatus: 'Assigned' }));
  assert.deepEqual(
    assigned.VirtualMFADevices?.map(({ User }) => User?.UserName),
    ['ann'],
  );
  const free = await iam.send(new ListVirtualMFADevicesCommand({ AssignmentStatus: 'Unassigned' }));
  assert.deepEqual(free.VirtualMFADevices, []);
  assert.equal((await iam.send(new GetMFADeviceCommand({ SerialNumber }))).UserName, 'ann');
  await iam.send(new TagMFADeviceCommand({ SerialNumber, Tags: [{ Key: 'c', Value: 'd' }] }));
  const { Tags } = await iam.send(new ListMFADeviceTagsCommand({ SerialNumber }));
  assert.deepEqual(Tags, [
    { Key: 'a', Value: 'b' },
    { Key: 'c', Value: 'd' },
  ]);
  const again = iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'phone' }));
  await assert.rejects(again, { name: 'EntityAlreadyExistsException' });
  const stale = await fresh();
  const resync = (AuthenticationCode1: string, AuthenticationCode2: string) =>
    iam.send(new ResyncMFADeviceCommand({ UserName: 'ann', SerialNumber, AuthenticationCode1, AuthenticationCode2 }));
  await assert.rejects(resync(stale, stale), { name: 'InvalidAuthenticationCodeException' });
  await assert.rejects(iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber })), {
    name: 'DeleteConflictException',
    message: 'MFA VirtualDevice in use. Must deactivate first.',
  });
  await iam.send(new DeactivateMFADeviceCommand({ UserName: 'ann', SerialNumber }));
  await iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }));
  assert.equal((await failure(iam.send(new GetMFADeviceCommand({ SerialNumber })))).name, 'NoSuchEntityException');
});

test('devices are told page by page, those of the account as its own', async () => {
  await using cloud = await startTestCloud();
  const { iam } = await startWithDevice(cloud);
  for (const VirtualMFADeviceName of ['a', 'b', 'root', 'z'])
    await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName, Path: '/x/' }));
  const { VirtualMFADevice: made } = await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'own' }));
  const code = codes(made?.Base32StringSeed ?? new Uint8Array());
  const step = Math.floor(START / STEP);
  await iam.send(
    new EnableMFADeviceCommand({
      UserName: ACCOUNT,
      SerialNumber: made?.SerialNumber,
      AuthenticationCode1: code(step),
      AuthenticationCode2: code(step + 1),
    }),
  );
  const walk = async (AssignmentStatus: 'Assigned' | 'Unassigned') => {
    const all: string[] = [];
    let Marker: string | undefined;
    do {
      const page = await iam.send(new ListVirtualMFADevicesCommand({ AssignmentStatus, Marker, MaxItems: 1 }));
      assert.equal(page.VirtualMFADevices?.length, 1);
      all.push(...(page.VirtualMFADevices ?? []).map((device) => device.User?.Arn ?? device.SerialNumber ?? ''));
      ({ Marker } = page);
    } while (Marker !== undefined);
    return all.map((arn) => arn.replace(`arn:aws:iam::${ACCOUNT}:`, ''));
  };
  assert.deepEqual(await walk('Unassigned'), ['mfa/x/a', 'mfa/x/b', 'mfa/x/root', 'mfa/x/z']);
  assert.deepEqual(await walk('Assigned'), ['root', 'user/ann']);
});

test('a user with a device is not deleted', async () => {
  await using cloud = await startTestCloud();
  const { iam } = await startWithDevice(cloud);
  const { message } = await failure(iam.send(new DeleteUserCommand({ UserName: 'ann' })));
  assert.match(message, /^Cannot delete entity, must delete (access keys|MFA device) first\.$/);
});

test('a code opens what policies keep for those who have one, and counts once', async () => {
  await using cloud = await startTestCloud();
  const { iam, SerialNumber, credentials, fresh } = await startWithDevice(cloud);
  const asks = { Bool: { 'aws:MultiFactorAuthPresent': 'true' } };
  await iam.send(
    new PutUserPolicyCommand({
      UserName: 'ann',
      PolicyName: 'p',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: ['iam:ListUsers', 'sts:AssumeRole'], Resource: '*', Condition: asks }],
      }),
    }),
  );
  const sts = cloud.client(STSClient, { credentials });
  await assert.rejects(cloud.client(IAMClient, { credentials }).send(new ListUsersCommand({})), {
    name: 'AccessDenied',
  });
  const session = async (input: { SerialNumber?: string; TokenCode?: string }) => {
    const { Credentials } = await sts.send(new GetSessionTokenCommand(input));
    const {
      AccessKeyId: accessKeyId = '',
      SecretAccessKey: secretAccessKey = '',
      SessionToken: sessionToken = '',
    } = Credentials ?? {};
    return cloud.client(IAMClient, { credentials: { accessKeyId, secretAccessKey, sessionToken } });
  };
  await assert.rejects((await session({})).send(new ListUsersCommand({})), { name: 'InvalidClientTokenId' });
  const TokenCode = await fresh();
  await assert.rejects(session({ SerialNumber, TokenCode: '000000' }), {
    name: 'AccessDenied',
    message: 'MultiFactorAuthentication failed with invalid MFA one time pass code. ',
  });
  const opened = await session({ SerialNumber, TokenCode });
  assert.equal((await opened.send(new ListUsersCommand({}))).Users?.length, 1);
  await assert.rejects(session({ SerialNumber, TokenCode }), { name: 'AccessDenied' }, 'a code counts once');
  await assert.rejects(session({ SerialNumber: `${SerialNumber}2`, TokenCode: await fresh() }), {
    message: /unable to validate MFA code/,
  });
});

test('a role may be for those who have a code with them', async () => {
  await using cloud = await startTestCloud();
  const { iam, SerialNumber, credentials, fresh } = await startWithDevice(cloud);
  const RoleArn = `arn:aws:iam::${ACCOUNT}:role/careful`;
  await iam.send(
    new CreateRoleCommand({
      RoleName: 'careful',
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: `arn:aws:iam::${ACCOUNT}:user/ann` },
            Action: 'sts:AssumeRole',
            Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
          },
        ],
      }),
    }),
  );
  const sts = cloud.client(STSClient, { credentials });
  const assume = (fields: object) => sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'xx', ...fields }));
  assert.equal((await failure(assume({}))).name, 'AccessDenied');
  const { AssumedRoleUser } = await assume({ SerialNumber, TokenCode: await fresh() });
  assert.equal(AssumedRoleUser?.Arn, `arn:aws:sts::${ACCOUNT}:assumed-role/careful/xx`);
});

// Source: AWS's security bulletin AWS-2023-001; radkawar/stackd, measured in 2026.
test('users who have a device add and remove their own with MFA only', async () => {
  await using cloud = await startTestCloud();
  const { iam, SerialNumber, credentials, fresh } = await startWithDevice(cloud);
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
  });
  await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'p', PolicyDocument }));
  const own = cloud.client(IAMClient, { credentials });
  const message =
    'To complete this action, please ensure that you are authenticated with an MFA device that is enabled for this user.';
  const deactivate = (by: IAMClient) => by.send(new DeactivateMFADeviceCommand({ UserName: 'ann', SerialNumber }));
  await assert.rejects(deactivate(own), { name: 'AccessDenied', message });
  const other = new EnableMFADeviceCommand({
    UserName: 'ann',
    SerialNumber: `${SerialNumber}2`,
    AuthenticationCode1: '123456',
    AuthenticationCode2: '123456',
  });
  await assert.rejects(own.send(other), { name: 'AccessDenied', message });
  const { Credentials } = await cloud
    .client(STSClient, { credentials })
    .send(new GetSessionTokenCommand({ SerialNumber, TokenCode: await fresh() }));
  const session = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
  await deactivate(cloud.client(IAMClient, { credentials: session }));
  assert.deepEqual((await own.send(new ListMFADevicesCommand({}))).MFADevices, []);
});
