/** Field-level encryption: its configurations, and what the edge makes of forms. */
import assert from 'node:assert/strict';
import { constants, generateKeyPairSync, privateDecrypt } from 'node:crypto';
import { request } from 'node:https';
import { test } from 'node:test';
import {
  CloudFrontClient,
  CreateFieldLevelEncryptionConfigCommand,
  CreateFieldLevelEncryptionProfileCommand,
  CreatePublicKeyCommand,
  DeleteFieldLevelEncryptionConfigCommand,
  DeleteFieldLevelEncryptionProfileCommand,
  DeletePublicKeyCommand,
  type DistributionConfig,
  type FieldLevelEncryptionConfig,
  type FieldLevelEncryptionProfileConfig,
  GetFieldLevelEncryptionCommand,
  GetFieldLevelEncryptionConfigCommand,
  GetFieldLevelEncryptionProfileCommand,
  GetFieldLevelEncryptionProfileConfigCommand,
  ListFieldLevelEncryptionConfigsCommand,
  ListFieldLevelEncryptionProfilesCommand,
  UpdateFieldLevelEncryptionConfigCommand,
  UpdateFieldLevelEncryptionProfileCommand,
} from '@aws-sdk/client-cloudfront';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, physicalIds, remove, templateOf, update } from '../cloudformation/stacks.ts';
import { startOrigin } from './origin.ts';
import { configOf, customOrigin, DISABLED, distribute } from './support.ts';

const FORM = 'application/x-www-form-urlencoded';
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const EncodedKey = publicKey.export({ type: 'spki', format: 'pem' }).toString();

const profileConfig = (PublicKeyId: string, Name = 'cards', ...Items: string[]): FieldLevelEncryptionProfileConfig => ({
  CallerReference: Name,
  Name,
  EncryptionEntities: {
    Quantity: 1,
    Items: [{ PublicKeyId, ProviderId: 'shop', FieldPatterns: { Quantity: Items.length, Items } }],
  },
});

type Wanted = { profile?: string; named?: Record<string, string>; forward?: boolean };

function encryptionConfig({ profile, named = {}, forward = false }: Wanted): FieldLevelEncryptionConfig {
  const args = Object.entries(named).map(([QueryArg, ProfileId]) => ({ QueryArg, ProfileId }));
  return {
    CallerReference: '1',
    ContentTypeProfileConfig: {
      ForwardWhenContentTypeIsUnknown: forward,
      ContentTypeProfiles: {
        Quantity: 1,
        Items: [{ Format: 'URLEncoded', ContentType: FORM, ...(profile !== undefined && { ProfileId: profile }) }],
      },
    },
    QueryArgProfileConfig: {
      ForwardWhenQueryArgProfileIsUnknown: forward,
      QueryArgProfiles: { Quantity: args.length, ...(args.length > 0 && { Items: args }) },
    },
  };
}

async function keyFor(cloudfront: CloudFrontClient) {
  const { PublicKey, ETag } = await cloudfront.send(
    new CreatePublicKeyCommand({ PublicKeyConfig: { CallerReference: '1', Name: 'shop-key', EncodedKey } }),
  );
  return { key: PublicKey?.Id ?? '', ETag };
}

async function profileFor(cloudfront: CloudFrontClient, config: FieldLevelEncryptionProfileConfig) {
  const command = new CreateFieldLevelEncryptionProfileCommand({ FieldLevelEncryptionProfileConfig: config });
  const { FieldLevelEncryptionProfile, ETag, Location } = await cloudfront.send(command);
  return { id: FieldLevelEncryptionProfile?.Id ?? '', ETag, Location };
}

const METHODS = {
  Quantity: 7,
  Items: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'POST', 'PATCH', 'DELETE'] as const,
  CachedMethods: { Quantity: 2, Items: ['GET', 'HEAD'] as const },
};

/** A behaviour that writes; the origin is reached by TLS through another distribution, since that is within the cloud. */
async function shop(cloud: TestCloud, port: number, FieldLevelEncryptionId: string, more: object = {}) {
  const AllowedMethods = {
    ...METHODS,
    Items: [...METHODS.Items],
    CachedMethods: { Quantity: 2, Items: ['GET', 'HEAD'] },
  };
  const behavior = { ViewerProtocolPolicy: 'https-only', CachePolicyId: DISABLED, AllowedMethods } as const;
  const open = { ...behavior, TargetOriginId: 'custom', ViewerProtocolPolicy: 'allow-all' };
  const inner = await distribute(
    cloud,
    configOf(customOrigin(port), { DefaultCacheBehavior: open as DistributionConfig['DefaultCacheBehavior'] }),
  );
  const origin = customOrigin(80, {
    DomainName: inner.domain,
    CustomOriginConfig: { HTTPPort: 80, HTTPSPort: 443, OriginProtocolPolicy: 'https-only' },
  });
  const DefaultCacheBehavior = { ...behavior, TargetOriginId: 'custom', FieldLevelEncryptionId, ...more };
  return distribute(
    cloud,
    configOf(origin, { DefaultCacheBehavior: DefaultCacheBehavior as DistributionConfig['DefaultCacheBehavior'] }),
  );
}

function post(cloud: TestCloud, domain: string, body: string, path = '/', type = FORM): Promise<number> {
  const host = domain.replace('.net', '.localhost');
  const to = { host: '127.0.0.1', port: new URL(cloud.url).port, servername: host, path, method: 'POST' };
  return new Promise((resolve, reject) => {
    const headers = { host, 'content-type': type, 'content-length': Buffer.byteLength(body) };
    request({ ...to, headers, rejectUnauthorized: false, agent: false }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    })
      .on('error', reject)
      .end(body);
  });
}

/** The provider, the name of the key, and whether the data key of a message is for it. */
function recipient(message: Buffer): [string, string, number] {
  let at = 1 + 1 + 2 + 16 + 2 + 2;
  const [provider = '', name = '', wrapped = Buffer.alloc(0)] = [1, 2, 3].map(() => {
    const length = message.readUInt16BE(at);
    at += 2 + length;
    return message.subarray(at - length, at);
  });
  const padding = { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
  return [String(provider), String(name), privateDecrypt(padding, wrapped as Buffer).length];
}

test('the edge encrypts the fields that a profile names, and leaves the others', async () => {
  await using origin = await startOrigin((_, response) => response.end('taken'));
  await using cloud = await startTestCloud({ tls: true });
  const cloudfront = cloud.client(CloudFrontClient);
  const { key } = await keyFor(cloudfront);
  const cards = await profileFor(cloudfront, profileConfig(key, 'cards', 'card*'));
  const names = await profileFor(cloudfront, profileConfig(key, 'names', 'name'));
  const { FieldLevelEncryption } = await cloudfront.send(
    new CreateFieldLevelEncryptionConfigCommand({
      FieldLevelEncryptionConfig: encryptionConfig({ profile: cards.id, named: { people: names.id } }),
    }),
  );
  const site = await shop(cloud, origin.port, FieldLevelEncryption?.Id ?? '');
  const send = async (body: string, path?: string, type?: string) => {
    const status = await post(cloud, site.domain, body, path, type);
    return { status, asked: origin.asked.at(-1) };
  };
  const first = await send('name=Ann+Lee&cardNumber=4111%201111&cvc=');
  const form = new URLSearchParams(first.asked?.body);
  assert.deepEqual([form.get('name'), form.get('cvc')], ['Ann Lee', '']);
  assert.deepEqual(recipient(Buffer.from(form.get('cardNumber') ?? '', 'base64')), ['shop', 'shop-key', 32]);
  assert.equal(first.asked?.headers['transfer-encoding'], 'chunked');
  const second = await send('name=Ann&cardNumber=4', '/?fle-profile=people');
  const other = new URLSearchParams(second.asked?.body);
  assert.equal(other.get('cardNumber'), '4');
  assert.deepEqual(recipient(Buffer.from(other.get('name') ?? '', 'base64')), ['shop', 'shop-key', 32]);
  const before = origin.asked.length;
  const many = Array.from({ length: 11 }, (_, index) => `f${index}=1`).join('&');
  for (const [body, path, type] of [
    ['a=1', '/', 'application/json'],
    ['a=1', '/', 'nothing'],
    ['a=1', '/?fle-profile=other'],
    ['a=1', '/?fle-profile=constructor'],
    ['a=1', '/?fle-profile='],
    ['a=%zz', '/'],
    ['=1', '/'],
    [many, '/'],
    [`card=${'1'.repeat(16_385)}`, '/'],
    [`a=${'1'.repeat(1_048_577)}`, '/'],
  ] as const)
    assert.equal((await send(body, path, type)).status, 400, `${body.slice(0, 20)} ${path} ${type}`);
  assert.equal(origin.asked.length, before);
});

test('what is not known goes on as it is, where a configuration says so', async () => {
  await using origin = await startOrigin((_, response) => response.end('taken'));
  await using cloud = await startTestCloud({ tls: true });
  const cloudfront = cloud.client(CloudFrontClient);
  const { FieldLevelEncryption, ETag } = await cloudfront.send(
    new CreateFieldLevelEncryptionConfigCommand({ FieldLevelEncryptionConfig: encryptionConfig({ forward: true }) }),
  );
  const Id = FieldLevelEncryption?.Id ?? '';
  const site = await shop(cloud, origin.port, Id);
  for (const [path, type] of [
    ['/', 'application/json'],
    ['/?fle-profile=other', FORM],
    ['/', FORM],
  ] as const)
    assert.equal(await post(cloud, site.domain, 'card=1', path, type), 200);
  assert.deepEqual(
    origin.asked.map(({ body }) => body),
    ['card=1', 'card=1', 'card=1'],
  );
  const used = new DeleteFieldLevelEncryptionConfigCommand({ Id, IfMatch: ETag });
  assert.equal((await failure(cloudfront.send(used))).name, 'FieldLevelEncryptionConfigInUse');
  const open = await failure(shop(cloud, origin.port, Id, { ViewerProtocolPolicy: 'allow-all' }));
  assert.equal(open.name, 'IllegalFieldLevelEncryptionConfigAssociationWithCacheBehavior');
  const none = await failure(shop(cloud, origin.port, 'CNONE'));
  assert.equal(none.name, 'NoSuchFieldLevelEncryptionConfig');
});

test('profiles and configurations are made, read, changed, listed and removed', async () => {
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const { key, ETag: keyTag } = await keyFor(cloudfront);
  const config = profileConfig(key, 'cards', 'card*', 'cvc');
  const profile = await profileFor(cloudfront, config);
  assert.match(profile.id, /^P[A-Z0-9]{13}$/);
  assert.equal(
    profile.Location,
    `https://cloudfront.amazonaws.com/2020-05-31/field-level-encryption-profile/${profile.id}`,
  );
  const again = await failure(profileFor(cloudfront, config));
  assert.deepEqual(
    [again.name, again.message],
    ['FieldLevelEncryptionProfileAlreadyExists', 'The specified profile for field-level encryption already exists.'],
  );
  const overlapping = await failure(profileFor(cloudfront, profileConfig(key, 'other', 'card*', 'cardNumber')));
  assert.equal(overlapping.name, 'InvalidArgument');
  assert.equal((await failure(profileFor(cloudfront, profileConfig('KNONE', 'x', 'a')))).name, 'NoSuchPublicKey');
  const many = profileConfig(key, 'x', ...Array.from({ length: 11 }, (_, index) => `f${index}`));
  assert.equal((await failure(profileFor(cloudfront, many))).name, 'TooManyFieldLevelEncryptionFieldPatterns');
  const inUse = new DeletePublicKeyCommand({ Id: key, IfMatch: keyTag });
  assert.equal((await failure(cloudfront.send(inUse))).name, 'PublicKeyInUse');
  const Id = profile.id;
  const changed = await cloudfront.send(
    new UpdateFieldLevelEncryptionProfileCommand({
      Id,
      IfMatch: profile.ETag,
      FieldLevelEncryptionProfileConfig: { ...config, Comment: 'all of it' },
    }),
  );
  const read = await cloudfront.send(new GetFieldLevelEncryptionProfileConfigCommand({ Id }));
  assert.deepEqual([read.ETag, read.FieldLevelEncryptionProfileConfig?.Comment], [changed.ETag, 'all of it']);
  const { FieldLevelEncryption, ETag } = await cloudfront.send(
    new CreateFieldLevelEncryptionConfigCommand({ FieldLevelEncryptionConfig: encryptionConfig({ profile: Id }) }),
  );
  assert.match(FieldLevelEncryption?.Id ?? '', /^C[A-Z0-9]{13}$/);
  const used = new DeleteFieldLevelEncryptionProfileCommand({ Id, IfMatch: changed.ETag });
  assert.equal((await failure(cloudfront.send(used))).name, 'FieldLevelEncryptionProfileInUse');
  const updated = await cloudfront.send(
    new UpdateFieldLevelEncryptionConfigCommand({
      Id: FieldLevelEncryption?.Id,
      IfMatch: ETag,
      FieldLevelEncryptionConfig: encryptionConfig({ profile: Id, forward: true }),
    }),
  );
  const got = await cloudfront.send(new GetFieldLevelEncryptionConfigCommand({ Id: FieldLevelEncryption?.Id }));
  const { QueryArgProfiles } = got.FieldLevelEncryptionConfig?.QueryArgProfileConfig ?? {};
  assert.deepEqual(QueryArgProfiles, { Quantity: 0, Items: [] });
  assert.equal(got.FieldLevelEncryptionConfig?.ContentTypeProfileConfig?.ForwardWhenContentTypeIsUnknown, true);
  const whole = await cloudfront.send(new GetFieldLevelEncryptionCommand({ Id: FieldLevelEncryption?.Id }));
  assert.equal(whole.ETag, updated.ETag);
  const { FieldLevelEncryptionProfileList } = await cloudfront.send(new ListFieldLevelEncryptionProfilesCommand({}));
  assert.deepEqual(
    FieldLevelEncryptionProfileList?.Items?.map((one) => [one.Id, one.Name, one.Comment]),
    [[Id, 'cards', 'all of it']],
  );
  const { FieldLevelEncryptionList } = await cloudfront.send(new ListFieldLevelEncryptionConfigsCommand({}));
  assert.deepEqual(
    FieldLevelEncryptionList?.Items?.map((one) => one.Id),
    [FieldLevelEncryption?.Id],
  );
  await cloudfront.send(
    new DeleteFieldLevelEncryptionConfigCommand({ Id: FieldLevelEncryption?.Id, IfMatch: updated.ETag }),
  );
  await cloudfront.send(used);
  const gone = await failure(cloudfront.send(new GetFieldLevelEncryptionProfileCommand({ Id })));
  assert.equal(gone.name, 'NoSuchFieldLevelEncryptionProfile');
});

test('a stack makes a profile, changes it in place, and takes it away', async () => {
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const template = (Name: string, CallerReference: string) =>
    templateOf({
      Key: {
        Type: 'AWS::CloudFront::PublicKey',
        Properties: { PublicKeyConfig: { CallerReference: 'key', Name: 'key', EncodedKey } },
      },
      Profile: {
        Type: 'AWS::CloudFront::FieldLevelEncryptionProfile',
        Properties: {
          FieldLevelEncryptionProfileConfig: {
            CallerReference,
            Name,
            EncryptionEntities: [{ PublicKeyId: { Ref: 'Key' }, ProviderId: 'shop', FieldPatterns: ['card*'] }],
          },
        },
      },
    });
  await create(cloud, 'fields', template('one', '1'));
  const before = await physicalIds(cloud, 'fields');
  assert.match(
    before.Profile ?? '',
    /^arn:aws:cloudfront::123456789012:field-level-encryption-profile\/P[A-Z0-9]{13}$/,
  );
  await update(cloud, 'fields', template('two', '1'));
  assert.deepEqual(await physicalIds(cloud, 'fields'), before);
  const { FieldLevelEncryptionProfileList: list } = await cloudfront.send(
    new ListFieldLevelEncryptionProfilesCommand({}),
  );
  assert.deepEqual(
    list?.Items?.map(({ Name }) => Name),
    ['two'],
  );
  await update(cloud, 'fields', template('three', '2'));
  assert.notEqual((await physicalIds(cloud, 'fields')).Profile, before.Profile);
  await remove(cloud, 'fields');
  const after = await cloudfront.send(new ListFieldLevelEncryptionProfilesCommand({}));
  assert.equal(after.FieldLevelEncryptionProfileList?.Quantity, 0);
});
