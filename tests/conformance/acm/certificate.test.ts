/** Certificates: asked for, validated, got, imported, exported, renewed, deleted. */
import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import {
  ACMClient,
  AddTagsToCertificateCommand,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  ExportCertificateCommand,
  GetAccountConfigurationCommand,
  GetCertificateCommand,
  ImportCertificateCommand,
  ListCertificatesCommand,
  type ListCertificatesCommandInput,
  ListTagsForCertificateCommand,
  PutAccountConfigurationCommand,
  RemoveTagsFromCertificateCommand,
  RenewCertificateCommand,
  RequestCertificateCommand,
  type RequestCertificateCommandInput,
  ResendValidationEmailCommand,
  RevokeCertificateCommand,
  UpdateCertificateOptionsCommand,
} from '@aws-sdk/client-acm';
import { certificateFor, foreignCertificate, selfSignedCertificate } from '../../support/certificates.ts';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { visit } from '../../support/traffic.ts';

const DAY = 86_400_000;

async function describe(cloud: TestCloud, CertificateArn: string) {
  const { Certificate } = await cloud.client(ACMClient).send(new DescribeCertificateCommand({ CertificateArn }));
  return Certificate;
}

test('a certificate by DNS is issued by the authority of the cloud', async () => {
  await using cloud = await startTestCloud();
  const acm = cloud.client(ACMClient);
  const CertificateArn = await certificateFor(cloud, 'example.com', '*.example.com');
  assert.match(CertificateArn, /^arn:aws:acm:us-east-1:123456789012:certificate\/[0-9a-f-]{36}$/);
  const shown = await describe(cloud, CertificateArn);
  assert.equal(shown?.Status, 'ISSUED');
  assert.deepEqual(shown?.SubjectAlternativeNames, ['example.com', '*.example.com']);
  assert.deepEqual([shown?.Type, shown?.KeyAlgorithm, shown?.Subject], ['AMAZON_ISSUED', 'RSA_2048', 'CN=example.com']);
  assert.equal(Number(shown?.NotAfter) - Number(shown?.NotBefore), 395 * DAY);
  assert.equal(shown?.RenewalEligibility, 'INELIGIBLE');
  assert.deepEqual(shown?.InUseBy, []);
  const [one, two] = shown?.DomainValidationOptions ?? [];
  assert.equal(one?.ValidationStatus, 'SUCCESS');
  assert.match(one?.ResourceRecord?.Name ?? '', /^_[0-9a-f]{32}\.example\.com\.$/);
  assert.match(one?.ResourceRecord?.Value ?? '', /^_[0-9a-f]{32}\.[a-z]{10}\.acm-validations\.aws\.$/);
  assert.deepEqual(two?.ResourceRecord, one?.ResourceRecord);
  const { Certificate = '', CertificateChain = '' } = await acm.send(new GetCertificateCommand({ CertificateArn }));
  const [leaf, authority] = [new X509Certificate(Certificate), new X509Certificate(CertificateChain)];
  assert.ok(leaf.checkIssued(authority) && leaf.verify(authority.publicKey) && authority.ca);
  assert.equal(leaf.checkHost('www.example.com'), '*.example.com');
  assert.equal(leaf.validFromDate.getTime(), START);
  assert.equal(shown?.Serial?.replaceAll(':', ''), leaf.serialNumber.toLowerCase());
  assert.equal(shown?.SignatureAlgorithm, 'SHA256WITHECDSA');
});

test('a certificate is asked for with a name and a key as they may be', async () => {
  await using cloud = await startTestCloud();
  const long = `${'x'.repeat(50)}.${'y'.repeat(20)}.com`;
  const request = new RequestCertificateCommand({ DomainName: long, ValidationMethod: 'DNS' });
  const { name, message } = await failure(cloud.client(ACMClient).send(request));
  assert.deepEqual(
    [name, message],
    ['InvalidDomainValidationOptionsException', 'The first domain name can be no longer than 64 characters.'],
  );
  const input = { DomainName: 'example.com', ValidationMethod: 'DNS', KeyAlgorithm: 'RSA_4096' } as const;
  const large = await failure(cloud.client(ACMClient).send(new RequestCertificateCommand(input)));
  assert.deepEqual(
    [large.name, large.message],
    ['InvalidParameterException', 'Encryption Algorithm RSA_4096 is not supported in 123456789012 region'],
  );
});

test('the same request with the same token is the same certificate', async () => {
  await using cloud = await startTestCloud();
  const acm = cloud.client(ACMClient);
  const ask = async (more: Partial<RequestCertificateCommandInput> = {}) => {
    const input = { DomainName: 'example.com', ValidationMethod: 'DNS' as const, IdempotencyToken: 'one', ...more };
    return (await acm.send(new RequestCertificateCommand(input))).CertificateArn;
  };
  const first = await ask();
  assert.equal(await ask(), first);
  assert.notEqual(await ask({ IdempotencyToken: 'two' }), first);
  await cloud.advance(DAY);
  assert.notEqual(await ask(), first);
  const many = Array.from({ length: 10 }, (_, at) => `a${at}.example.com`);
  assert.equal(
    (await failure(ask({ SubjectAlternativeNames: many, IdempotencyToken: 'x' }))).name,
    'LimitExceededException',
  );
  const elsewhere = [{ DomainName: 'example.com', ValidationDomain: 'example.org' }];
  const wrong = await failure(ask({ DomainValidationOptions: elsewhere, IdempotencyToken: 'x' }));
  assert.deepEqual(
    [wrong.name, wrong.message],
    [
      'InvalidDomainValidationOptionsException',
      'The validation domain, example.org, must be a superdomain of the requested domain, example.com.',
    ],
  );
  const strange = [{ DomainName: 'nowhere.example.com', ValidationDomain: 'example.com' }];
  assert.deepEqual(
    (await failure(ask({ DomainValidationOptions: strange, IdempotencyToken: 'x' }))).message,
    'The domain specified in ValidationOptions, nowhere.example.com, is not the PrimaryDomain or part of SubjectAlternativeNames.',
  );
  const amazons = (await ask({ DomainName: 'a.us-east-1.amazonaws.com' })) ?? '';
  const { Status, FailureReason } = (await describe(cloud, amazons)) ?? {};
  assert.deepEqual([Status, FailureReason], ['FAILED', 'ADDITIONAL_VERIFICATION_REQUIRED']);
  const unbuilt = ask({ CertificateAuthorityArn: 'arn:aws:acm-pca:us-east-1:123456789012:certificate-authority/a' });
  assert.equal((await failure(unbuilt)).$metadata?.httpStatusCode, 501);
});

test('by e-mail a certificate waits until somebody follows the link, and not for ever', async () => {
  await using cloud = await startTestCloud();
  const acm = cloud.client(ACMClient);
  const request = () =>
    acm.send(
      new RequestCertificateCommand({
        DomainName: 'www.example.com',
        DomainValidationOptions: [{ DomainName: 'www.example.com', ValidationDomain: 'example.com' }],
      }),
    );
  const { CertificateArn = '' } = await request();
  await cloud.server.cloud.settle();
  const waiting = await describe(cloud, CertificateArn);
  assert.equal(waiting?.Status, 'PENDING_VALIDATION');
  assert.deepEqual(waiting?.DomainValidationOptions?.[0]?.ValidationEmails, [
    'administrator@example.com',
    'hostmaster@example.com',
    'postmaster@example.com',
    'webmaster@example.com',
    'admin@example.com',
  ]);
  const early = await failure(acm.send(new GetCertificateCommand({ CertificateArn })));
  assert.equal(early.name, 'RequestInProgressException');
  const letters = async () => {
    const answer = await fetch(`${cloud.url}/_cloudyard/v1/mail?to=admin@example.com`);
    return ((await answer.json()) as { mail: { text: string }[] }).mail;
  };
  assert.equal((await letters()).length, 1);
  const again = { CertificateArn, Domain: 'www.example.com', ValidationDomain: 'example.com' };
  await acm.send(new ResendValidationEmailCommand(again));
  const [letter] = await letters();
  assert.equal((await letters()).length, 2);
  const link = /http:\S+/.exec(letter?.text ?? '')?.[0] ?? '';
  assert.equal((await visit(link.replace(/code=.*/, 'code=other'), { method: 'POST' })).status, 404);
  const page = await visit(link);
  assert.match(page.text, /www\.example\.com.*I approve/s);
  assert.equal((await describe(cloud, CertificateArn))?.Status, 'PENDING_VALIDATION');
  assert.equal((await visit(link, { method: 'POST' })).status, 200);
  await cloud.server.cloud.settle();
  assert.equal((await describe(cloud, CertificateArn))?.Status, 'ISSUED');
  assert.equal((await failure(acm.send(new ResendValidationEmailCommand(again)))).name, 'InvalidStateException');
  const late = (await request()).CertificateArn ?? '';
  await cloud.advance(3 * DAY);
  const { Status, FailureReason } = (await describe(cloud, late)) ?? {};
  assert.deepEqual([Status, FailureReason], ['VALIDATION_TIMED_OUT', undefined]);
});

test('what was validated by e-mail is renewed when its owners consent again', async () => {
  await using cloud = await startTestCloud();
  const acm = cloud.client(ACMClient);
  const ask = { DomainName: 'www.example.com', Options: { Export: 'ENABLED' } } as const;
  const { CertificateArn = '' } = await acm.send(new RequestCertificateCommand(ask));
  const letters = async () => {
    const answer = await fetch(`${cloud.url}/_cloudyard/v1/mail?to=admin@example.com`);
    return ((await answer.json()) as { mail: { text: string }[] }).mail;
  };
  const consent = async () => {
    const link = /http:\S+/.exec((await letters())[0]?.text ?? '')?.[0] ?? '';
    assert.equal((await visit(link, { method: 'POST' })).status, 200);
    await cloud.server.cloud.settle();
  };
  const renewal = async () => (await describe(cloud, CertificateArn))?.RenewalSummary;
  await consent();
  const first = (await describe(cloud, CertificateArn))?.Serial;
  await acm.send(new ExportCertificateCommand({ CertificateArn, Passphrase: Buffer.from('secret') }));
  await cloud.advance(349 * DAY);
  assert.deepEqual([(await letters()).length, await renewal()], [1, undefined]);
  await cloud.advance(DAY);
  assert.equal((await letters()).length, 2);
  const waits = await renewal();
  assert.equal(waits?.RenewalStatus, 'PENDING_VALIDATION');
  assert.equal(waits?.DomainValidationOptions?.[0]?.ValidationStatus, 'PENDING_VALIDATION');
  await cloud.advance(15 * DAY);
  assert.equal((await letters()).length, 3);
  const again = { CertificateArn, Domain: 'www.example.com', ValidationDomain: 'example.com' };
  await acm.send(new ResendValidationEmailCommand(again));
  assert.equal((await letters()).length, 4);
  assert.equal((await describe(cloud, CertificateArn))?.Serial, first);
  await consent();
  assert.equal((await renewal())?.RenewalStatus, 'SUCCESS');
  assert.notEqual((await describe(cloud, CertificateArn))?.Serial, first);
  await acm.send(new ExportCertificateCommand({ CertificateArn, Passphrase: Buffer.from('secret') }));
  await cloud.advance(395 * DAY);
  const ended = await describe(cloud, CertificateArn);
  assert.deepEqual([ended?.Status, ended?.RenewalSummary?.RenewalStatus], ['EXPIRED', 'FAILED']);
});

test('what is imported has to fit together', async () => {
  await using cloud = await startTestCloud();
  const acm = cloud.client(ACMClient);
  const { certificate, chain, key } = await foreignCertificate(['imported.example.com']);
  const other = await foreignCertificate(['other.example.com']);
  const bring = (more: {
    Certificate?: string;
    PrivateKey?: string;
    CertificateChain?: string | null;
    CertificateArn?: string;
    Tags?: { Key: string; Value: string }[];
  }) => {
    const { Certificate = certificate, PrivateKey = key, CertificateChain = chain, CertificateArn, Tags } = more;
    return acm.send(
      new ImportCertificateCommand({
        CertificateArn,
        Tags,
        Certificate: Buffer.from(Certificate),
        PrivateKey: Buffer.from(PrivateKey),
        ...(CertificateChain !== null && { CertificateChain: Buffer.from(CertificateChain) }),
      }),
    );
  };
  const message = async (more: Parameters<typeof bring>[0]) => (await failure(bring(more))).message;
  for (const Certificate of ['x', certificate + certificate])
    assert.equal(
      await message({ Certificate }),
      'The certificate field contains more than one certificate. You can specify only one certificate in this field.',
    );
  assert.equal(await message({ PrivateKey: 'x' }), 'The private key is not PEM-encoded or is not valid.');
  assert.equal(await message({ CertificateChain: 'x' }), 'The certificate chain is not PEM-encoded or is not valid.');
  assert.equal(await message({ PrivateKey: other.key }), 'The private key does not match the certificate.');
  assert.equal(
    await message({ CertificateChain: other.chain }),
    'Could not validate the certificate with the certificate chain.',
  );
  assert.match(await message({ CertificateChain: null }), /^Provided certificate is not a valid self signed\./);
  const alone = await selfSignedCertificate('alone.example.com');
  const own = await bring({ Certificate: alone.body, PrivateKey: alone.key, CertificateChain: null });
  const { DomainName, ExtendedKeyUsages } = (await describe(cloud, own.CertificateArn ?? '')) ?? {};
  assert.deepEqual([DomainName, ExtendedKeyUsages], ['alone.example.com', [{ Name: 'NONE' }]]);
  const { CertificateArn = '' } = await bring({});
  const shown = await describe(cloud, CertificateArn);
  assert.deepEqual(
    [shown?.Type, shown?.Status, shown?.DomainName, shown?.Issuer, shown?.RenewalEligibility],
    ['IMPORTED', 'ISSUED', 'imported.example.com', 'Cloudyard', 'INELIGIBLE'],
  );
  assert.equal(shown?.ImportedAt?.getTime(), START);
  const tagged = { ...renamed(other), CertificateArn, Tags: [{ Key: 'a', Value: 'b' }] };
  assert.equal(await message(tagged), 'Tagging is not permitted on re-import.');
  const plain = { Certificate: alone.body, PrivateKey: alone.key, CertificateChain: null };
  assert.equal(await message({ ...plain, CertificateArn }), 'The key type and size can not be changed on re-import.');
  const used = renamed(await foreignCertificate(['used.example.com'], 90, 'EC_prime256v1'));
  await bring({ ...used, CertificateArn: own.CertificateArn });
  const fewer = { ...plain, CertificateArn: own.CertificateArn };
  assert.equal(await message(fewer), 'Key usages can not be removed on re-import.');
  await bring({ ...renamed(other), CertificateArn });
  assert.equal((await describe(cloud, CertificateArn))?.DomainName, 'other.example.com');
  await cloud.advance(91 * DAY);
  assert.equal((await describe(cloud, CertificateArn))?.Status, 'EXPIRED');
  assert.equal(await message({}), 'The certificate is not valid at this time.');
});

function renamed({ certificate, chain, key }: { certificate: string; chain: string; key: string }) {
  return { Certificate: certificate, CertificateChain: chain, PrivateKey: key };
}

test('an exportable certificate is exported under a passphrase, and renewed in time', async () => {
  await using cloud = await startTestCloud();
  const acm = cloud.client(ACMClient);
  const plain = await certificateFor(cloud, 'plain.example.com');
  const give = (CertificateArn: string) =>
    acm.send(new ExportCertificateCommand({ CertificateArn, Passphrase: Buffer.from('secret') }));
  assert.equal((await failure(give(plain))).name, 'ValidationException');
  assert.equal(
    (await failure(acm.send(new RenewCertificateCommand({ CertificateArn: plain })))).name,
    'ValidationException',
  );
  const out = { DomainName: 'out.example.com', ValidationMethod: 'DNS', Options: { Export: 'ENABLED' } } as const;
  const { CertificateArn = '' } = await acm.send(new RequestCertificateCommand(out));
  await cloud.server.cloud.settle();
  const fixed = new UpdateCertificateOptionsCommand({ CertificateArn: plain, Options: { Export: 'ENABLED' } });
  assert.equal((await failure(acm.send(fixed))).name, 'InvalidStateException');
  const { Certificate = '', PrivateKey = '' } = await give(CertificateArn);
  assert.match(PrivateKey, /^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
  const first = new X509Certificate(Certificate);
  assert.ok(first.checkPrivateKey(createPrivateKey({ key: PrivateKey, passphrase: 'secret' })));
  const serial = async () => (await describe(cloud, CertificateArn))?.Serial;
  const before = await serial();
  assert.equal((await describe(cloud, CertificateArn))?.RenewalEligibility, 'ELIGIBLE');
  await cloud.advance(334 * DAY);
  assert.equal(await serial(), before);
  await cloud.advance(2 * DAY);
  assert.notEqual(await serial(), before);
  const renewed = await describe(cloud, CertificateArn);
  assert.equal(renewed?.RenewalSummary?.RenewalStatus, 'SUCCESS');
  assert.equal(renewed?.NotAfter?.getTime(), START + (335 + 395) * DAY);
  // Nobody uses the other one: it ends.
  await cloud.advance(60 * DAY);
  assert.equal((await describe(cloud, plain))?.Status, 'EXPIRED');
  const second = await serial();
  // Who renews has seen the last one.
  assert.equal((await describe(cloud, CertificateArn))?.RenewalEligibility, 'INELIGIBLE');
  await give(CertificateArn);
  await acm.send(new RenewCertificateCommand({ CertificateArn }));
  await cloud.server.cloud.settle();
  assert.notEqual(await serial(), second);
});

test('certificates are listed, tagged and deleted', async () => {
  await using cloud = await startTestCloud();
  const acm = cloud.client(ACMClient);
  const arns: string[] = [];
  for (const name of ['a', 'b', 'c']) {
    arns.push(await certificateFor(cloud, `${name}.example.com`));
    await cloud.advance(1_000);
  }
  await acm.send(
    new RequestCertificateCommand({
      DomainName: 'd.example.com',
      ValidationMethod: 'DNS',
      KeyAlgorithm: 'EC_prime256v1',
    }),
  );
  await acm.send(new RequestCertificateCommand({ DomainName: 'e.example.com' }));
  await cloud.server.cloud.settle();
  type Query = ListCertificatesCommandInput;
  const list = async (query: Query) =>
    (await acm.send(new ListCertificatesCommand(query))).CertificateSummaryList?.map(
      ({ DomainName }) => DomainName?.[0],
    ).join('');
  const sorted = { SortBy: 'CREATED_AT', SortOrder: 'DESCENDING' } as const;
  assert.equal(await list({ ...sorted, CertificateStatuses: ['ISSUED'] }), 'cba');
  assert.equal(await list({ ...sorted, CertificateStatuses: ['PENDING_VALIDATION'] }), 'e');
  assert.equal(await list({ ...sorted, Includes: { keyTypes: ['EC_prime256v1'] } }), 'd');
  assert.equal(await list({ Includes: { exportOption: 'ENABLED' } }), '');
  assert.equal(
    await list({ ...sorted, Includes: { exportOption: 'DISABLED', keyUsage: ['DIGITAL_SIGNATURE'] } }),
    'cba',
  );
  assert.equal(await list({ Includes: { keyUsage: ['CRL_SIGNING'] } }), '');
  assert.equal(await list({ ...sorted, Includes: { extendedKeyUsage: ['TLS_WEB_SERVER_AUTHENTICATION'] } }), 'cba');
  assert.equal(await list({ Includes: { managedBy: 'CLOUDFRONT' } }), '');
  assert.equal(await list({ CertificateKeyPairOrigins: ['CUSTOMER_PROVIDED'] }), '');
  assert.equal(await list({ ...sorted, CertificateKeyPairOrigins: ['AWS_MANAGED'] }), 'ecba');
  const first = await acm.send(new ListCertificatesCommand({ ...sorted, MaxItems: 3 }));
  assert.equal(await list({ ...sorted, MaxItems: 3, NextToken: first.NextToken }), 'a');
  assert.equal((await failure(list({ SortBy: 'CREATED_AT' }))).name, 'InvalidArgsException');
  const [CertificateArn = ''] = arns;
  const Tags = [
    { Key: 'team', Value: 'web' },
    { Key: '__proto__', Value: '2' },
    { Key: 'cost', Value: '1' },
  ];
  await acm.send(new AddTagsToCertificateCommand({ CertificateArn, Tags }));
  await acm.send(
    new RemoveTagsFromCertificateCommand({ CertificateArn, Tags: [{ Key: 'team', Value: 'other' }, { Key: 'cost' }] }),
  );
  const tagged = await acm.send(new ListTagsForCertificateCommand({ CertificateArn }));
  assert.deepEqual(tagged.Tags, Tags.slice(0, 2));
  const reserved = new AddTagsToCertificateCommand({ CertificateArn, Tags: [{ Key: 'aws:x', Value: '' }] });
  assert.equal((await failure(acm.send(reserved))).name, 'InvalidTagException');
  await acm.send(new DeleteCertificateCommand({ CertificateArn }));
  const gone = await failure(acm.send(new DescribeCertificateCommand({ CertificateArn })));
  assert.equal(gone.name, 'ResourceNotFoundException');
  assert.equal(gone.message, `Could not find certificate ${CertificateArn} in account 123456789012.`);
  await acm.send(new PutAccountConfigurationCommand({ IdempotencyToken: 'a', ExpiryEvents: { DaysBeforeExpiry: 10 } }));
  const { ExpiryEvents } = await acm.send(new GetAccountConfigurationCommand({}));
  assert.deepEqual(ExpiryEvents, { DaysBeforeExpiry: 10 });
  const revoke = new RevokeCertificateCommand({ CertificateArn: arns[1], RevocationReason: 'UNSPECIFIED' });
  assert.equal((await failure(acm.send(revoke))).$metadata?.httpStatusCode, 501);
});
