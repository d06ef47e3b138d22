/** Credentials beside access keys: SSH keys, certificates, service-specific credentials, and the report of them all. */
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import {
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  CreateServiceSpecificCredentialCommand,
  CreateUserCommand,
  DeleteServerCertificateCommand,
  DeleteServiceSpecificCredentialCommand,
  DeleteUserCommand,
  GenerateCredentialReportCommand,
  GetCredentialReportCommand,
  GetServerCertificateCommand,
  GetSSHPublicKeyCommand,
  IAMClient,
  ListServerCertificatesCommand,
  ListServiceSpecificCredentialsCommand,
  ListSigningCertificatesCommand,
  ListSSHPublicKeysCommand,
  ResetServiceSpecificCredentialCommand,
  UpdateAccountPasswordPolicyCommand,
  UpdateServerCertificateCommand,
  UpdateServiceSpecificCredentialCommand,
  UpdateSSHPublicKeyCommand,
  UpdateUserCommand,
  UploadServerCertificateCommand,
  UploadSigningCertificateCommand,
  UploadSSHPublicKeyCommand,
} from '@aws-sdk/client-iam';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { selfSignedCertificate } from '../../support/certificates.ts';
import { failure, START, startTestCloud } from '../../support/cloud.ts';

const ACCOUNT = '123456789012';
const UserName = 'ann';

async function startWithUser() {
  const cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName }));
  return Object.assign(cloud, { iam });
}

const rsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 });

test('SSH keys are given back in either form', async () => {
  await using cloud = await startWithUser();
  const { iam } = cloud;
  const { publicKey } = rsa();
  const pem = String(publicKey.export({ type: 'spki', format: 'pem' }));
  const upload = (SSHPublicKeyBody: string) => iam.send(new UploadSSHPublicKeyCommand({ UserName, SSHPublicKeyBody }));
  const { SSHPublicKey: made } = await upload(pem);
  const SSHPublicKeyId = made?.SSHPublicKeyId ?? '';
  assert.match(SSHPublicKeyId, /^APKA[A-Z2-7]{17}$/);
  const md5 = createHash('md5')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
  assert.equal(made?.Fingerprint?.replaceAll(':', ''), md5);
  const get = async (Encoding: 'SSH' | 'PEM') =>
    (await iam.send(new GetSSHPublicKeyCommand({ UserName, SSHPublicKeyId, Encoding }))).SSHPublicKey?.SSHPublicKeyBody;
  assert.equal(await get('PEM'), pem);
  const line = (await get('SSH')) ?? '';
  assert.match(line, /^ssh-rsa AAAAB3NzaC1yc2E/);
  assert.equal((await failure(upload(`${line} ann@home`))).name, 'DuplicateSSHPublicKeyException');
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
  for (const refused of ['ssh-rsa AAAA', String(short.export({ type: 'spki', format: 'pem' }))])
    assert.equal((await failure(upload(refused))).name, 'InvalidPublicKeyException');
  await iam.send(new UpdateSSHPublicKeyCommand({ UserName, SSHPublicKeyId, Status: 'Inactive' }));
  const { SSHPublicKeys } = await iam.send(new ListSSHPublicKeysCommand({ UserName }));
  assert.deepEqual(SSHPublicKeys, [{ UserName, SSHPublicKeyId, Status: 'Inactive', UploadDate: new Date(START) }]);
  assert.match(
    (await failure(iam.send(new DeleteUserCommand({ UserName })))).message,
    /must remove referenced objects first/,
  );
  await iam.send(new UpdateUserCommand({ UserName, NewUserName: 'anna' }));
  assert.equal((await iam.send(new ListSSHPublicKeysCommand({ UserName: 'anna' }))).SSHPublicKeys?.length, 1);
});

test('certificates are read, and belong to their keys', async () => {
  await using cloud = await startWithUser();
  const { iam } = cloud;
  const [mine, other] = [await selfSignedCertificate('mine'), await selfSignedCertificate('other')];
  const ServerCertificateName = 'site';
  const upload = (fields: object) =>
    iam.send(
      new UploadServerCertificateCommand({
        ServerCertificateName,
        Path: '/cloudfront/',
        CertificateBody: mine.body,
        PrivateKey: mine.key,
        Tags: [{ Key: 'a', Value: 'b' }],
        ...fields,
      }),
    );
  assert.equal((await failure(upload({ PrivateKey: other.key }))).name, 'KeyPairMismatchException');
  assert.equal((await failure(upload({ CertificateBody: 'paper' }))).name, 'MalformedCertificateException');
  assert.equal((await failure(upload({ CertificateChain: other.body }))).name, 'MalformedCertificateException');
  const { ServerCertificateMetadata: made } = await upload({ CertificateBody: `${mine.body}\n` });
  assert.equal(made?.Arn, `arn:aws:iam::${ACCOUNT}:server-certificate/cloudfront/site`);
  assert.match(made?.ServerCertificateId ?? '', /^ASCA[A-Z2-7]{17}$/);
  assert.deepEqual(made?.Expiration, new Date(START + 1_000_000_000));
  assert.equal((await failure(upload({}))).name, 'EntityAlreadyExistsException');
  await iam.send(
    new UpdateServerCertificateCommand({ ServerCertificateName, NewServerCertificateName: 'shop', NewPath: '/' }),
  );
  const { ServerCertificateMetadataList } = await iam.send(new ListServerCertificatesCommand({}));
  assert.deepEqual(
    ServerCertificateMetadataList?.map(({ Arn }) => Arn),
    [`arn:aws:iam::${ACCOUNT}:server-certificate/shop`],
  );
  const { ServerCertificate } = await iam.send(new GetServerCertificateCommand({ ServerCertificateName: 'shop' }));
  assert.deepEqual(
    [ServerCertificate?.CertificateBody, ServerCertificate?.Tags],
    [mine.body, [{ Key: 'a', Value: 'b' }]],
  );
  await iam.send(new DeleteServerCertificateCommand({ ServerCertificateName: 'shop' }));
  assert.match(
    (await failure(iam.send(new DeleteServerCertificateCommand({ ServerCertificateName: 'shop' })))).message,
    /shop cannot be found/,
  );

  await iam.send(new UploadSigningCertificateCommand({ UserName, CertificateBody: mine.body }));
  const again = iam.send(new UploadSigningCertificateCommand({ UserName, CertificateBody: mine.body }));
  assert.equal((await failure(again)).name, 'DuplicateCertificateException');
  const none = iam.send(new UploadSigningCertificateCommand({ UserName, CertificateBody: 'no certificate' }));
  assert.equal((await failure(none)).message, 'Certificate no certificate is malformed.');
  const { Certificates } = await iam.send(new ListSigningCertificatesCommand({ UserName }));
  assert.deepEqual(
    Certificates?.map(({ Status }) => Status),
    ['Active'],
  );
});

test('service-specific credentials are two a service, and can be set anew', async () => {
  await using cloud = await startWithUser();
  const { iam } = cloud;
  const create = async (ServiceName: string) =>
    (await iam.send(new CreateServiceSpecificCredentialCommand({ UserName, ServiceName }))).ServiceSpecificCredential;
  const first = await create('codecommit.amazonaws.com');
  assert.equal(first?.ServiceUserName, `ann-at-${ACCOUNT}`);
  assert.equal((await create('codecommit.amazonaws.com'))?.ServiceUserName, `ann+1-at-${ACCOUNT}`);
  assert.equal((await failure(create('codecommit.amazonaws.com'))).name, 'LimitExceededException');
  for (const service of ['s3.amazonaws.com', 'constructor'])
    assert.equal(
      (await failure(create(service))).message,
      `No such service ${service} is supported for Service Specific Credentials`,
    );
  const key = await create('bedrock.amazonaws.com');
  assert.ok(key?.ServiceCredentialSecret !== undefined && key.ServicePassword === undefined);
  const ServiceSpecificCredentialId = first?.ServiceSpecificCredentialId;
  const reset = await iam.send(new ResetServiceSpecificCredentialCommand({ UserName, ServiceSpecificCredentialId }));
  assert.notEqual(reset.ServiceSpecificCredential?.ServicePassword, first?.ServicePassword);
  await iam.send(
    new UpdateServiceSpecificCredentialCommand({ UserName, ServiceSpecificCredentialId, Status: 'Inactive' }),
  );
  const ServiceName = 'codecommit.amazonaws.com';
  const { ServiceSpecificCredentials } = await iam.send(
    new ListServiceSpecificCredentialsCommand({ UserName, ServiceName }),
  );
  assert.deepEqual(ServiceSpecificCredentials?.map(({ Status }) => Status).sort(), ['Active', 'Inactive']);
  // The name of one that is gone is free again, and none has another's.
  await iam.send(new DeleteServiceSpecificCredentialCommand({ UserName, ServiceSpecificCredentialId }));
  assert.equal((await create(ServiceName))?.ServiceUserName, `ann-at-${ACCOUNT}`);
});

test('a key of Bedrock says whose it is, and expires', async () => {
  await using cloud = await startWithUser();
  const { iam } = cloud;
  const input = { UserName, ServiceName: 'bedrock.amazonaws.com', CredentialAgeDays: 30 };
  const { ServiceSpecificCredential: key } = await iam.send(new CreateServiceSpecificCredentialCommand(input));
  assert.deepEqual([key?.Status, key?.ServiceCredentialAlias], ['Active', `ann-at-${ACCOUNT}`]);
  const [, encoded = ''] = /^ABSK(.+)$/.exec(key?.ServiceCredentialSecret ?? '') ?? [];
  assert.match(Buffer.from(encoded, 'base64').toString(), new RegExp(`^ann-at-${ACCOUNT}:.+=$`));
  await cloud.advance(30 * 24 * 3_600_000);
  const { ServiceSpecificCredentials } = await iam.send(new ListServiceSpecificCredentialsCommand({ UserName }));
  assert.equal(ServiceSpecificCredentials?.[0]?.Status, 'Expired');
});

test('the report says what everybody has and when it was used', async () => {
  await using cloud = await startWithUser();
  const { iam } = cloud;
  const get = () => iam.send(new GetCredentialReportCommand({}));
  const uploadedAt: string[] = [];
  for (const name of ['one', 'two']) {
    const CertificateBody = (await selfSignedCertificate(name)).body;
    const { Certificate } = await iam.send(new UploadSigningCertificateCommand({ UserName, CertificateBody }));
    uploadedAt.push((Certificate?.UploadDate?.toISOString() ?? '').replace('.000Z', '+00:00'));
    await cloud.advance(1_000);
  }
  assert.equal((await failure(get())).name, 'CredentialReportNotPresentException');
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {};
  const s3 = cloud.client(S3Client, { forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });
  await failure(s3.send(new CreateBucketCommand({ Bucket: 'not-allowed-2026' })));
  assert.equal((await iam.send(new GenerateCredentialReportCommand({}))).State, 'STARTED');
  assert.equal((await iam.send(new GenerateCredentialReportCommand({}))).State, 'COMPLETE');
  const { Content, ReportFormat, GeneratedTime } = await get();
  assert.deepEqual([ReportFormat, GeneratedTime], ['text/csv', new Date(START + 2_000)]);
  const [head = '', root = '', ann = '', ...more] = Buffer.from(Content ?? [])
    .toString()
    .split('\n');
  assert.deepEqual(more, []);
  const column = (line: string, name: string) => line.split(',')[head.split(',').indexOf(name)];
  assert.deepEqual(
    ['user', 'password_enabled', 'password_last_used'].map((name) => column(root, name)),
    ['<root_account>', 'not_supported', 'no_information'],
  );
  assert.equal(column(ann, 'password_last_used'), 'N/A');
  assert.deepEqual(
    ['user', 'mfa_active', 'access_key_1_active', 'access_key_1_last_used_service', 'access_key_2_active'].map((name) =>
      column(ann, name),
    ),
    ['ann', 'false', 'true', 's3', 'false'],
  );
  assert.deepEqual([column(ann, 'cert_1_last_rotated'), column(ann, 'cert_2_last_rotated')], uploadedAt);
  assert.equal(column(ann, 'user_creation_time'), '2026-01-01T00:00:00+00:00');
  assert.equal(column(root, 'user_creation_time'), '2006-03-14T00:00:00+00:00');
  await cloud.advance(4 * 3_600_000);
  assert.equal((await failure(get())).name, 'CredentialReportExpiredException');
  await iam.send(new UpdateAccountPasswordPolicyCommand({ MaxPasswordAge: 90 }));
  await iam.send(new CreateLoginProfileCommand({ UserName, Password: 'Correct-Horse-1' }));
  await iam.send(new GenerateCredentialReportCommand({}));
  const [, , later = ''] = Buffer.from((await get()).Content ?? [])
    .toString()
    .split('\n');
  assert.deepEqual(
    ['password_enabled', 'password_last_changed', 'password_next_rotation'].map((name) => column(later, name)),
    ['true', '2026-01-01T04:00:02+00:00', '2026-04-01T04:00:02+00:00'],
  );
});
