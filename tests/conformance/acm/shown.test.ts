/** Certificates in use: by whom, and what clients are shown who ask for a host by its name. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { connect, type PeerCertificate } from 'node:tls';
import {
  ACMClient,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  GetAccountConfigurationCommand,
  ListCertificatesCommand,
} from '@aws-sdk/client-acm';
import { APIGatewayClient, CreateDomainNameCommand, DeleteDomainNameCommand } from '@aws-sdk/client-api-gateway';
import { ApiGatewayV2Client, CreateDomainNameCommand as CreateV2DomainNameCommand } from '@aws-sdk/client-apigatewayv2';
import { CloudFormationClient, CreateStackCommand, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import { CloudFrontClient, CreateDistributionCommand } from '@aws-sdk/client-cloudfront';
import { certificateFor } from '../../support/certificates.ts';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { expectStatus, outputs, remove, templateOf } from '../cloudformation/stacks.ts';

const DAY = 86_400_000;

async function inUseBy(cloud: TestCloud, CertificateArn: string) {
  const { Certificate } = await cloud.client(ACMClient).send(new DescribeCertificateCommand({ CertificateArn }));
  return Certificate?.InUseBy;
}

/** What a client is shown, as one that trusts the cloud's authority on the day that the cloud thinks it is. */
async function shownTo(cloud: TestCloud, servername: string): Promise<PeerCertificate> {
  const { pem } = (await (await fetch(`${cloud.url}/_cloudyard/v1/authority`)).json()) as { pem: string };
  const port = Number(new URL(cloud.url).port);
  const socket = connect({ port, host: '127.0.0.1', servername, ca: pem });
  await once(socket, 'secureConnect');
  assert.equal(socket.authorized, true, String(socket.authorizationError));
  const certificate = socket.getPeerCertificate();
  socket.destroy();
  return certificate;
}

const now = () => ({ tls: true, startAt: Date.now() });

test('a custom domain name shows its certificate, which stays as long as it is in use', async () => {
  await using cloud = await startTestCloud(now());
  const gateway = cloud.client(APIGatewayClient);
  const certificateArn = await certificateFor(cloud, 'api.example.com');
  const domainName = 'api.example.com';
  assert.match((await shownTo(cloud, 'localhost')).subjectaltname ?? '', /^DNS:localhost,/);
  const { domainNameArn } = await gateway.send(new CreateDomainNameCommand({ domainName, certificateArn }));
  assert.deepEqual(await inUseBy(cloud, certificateArn), [domainNameArn]);
  assert.equal((await shownTo(cloud, domainName)).subject.CN, domainName);
  const acm = cloud.client(ACMClient);
  const remove = () => acm.send(new DeleteCertificateCommand({ CertificateArn: certificateArn }));
  const refused = await failure(remove());
  assert.equal(refused.name, 'ResourceInUseException');
  assert.equal(refused.message, `Certificate ${certificateArn} in account 123456789012 is in use.`);
  const serial = (await shownTo(cloud, domainName)).serialNumber;
  await cloud.advance(336 * DAY);
  assert.notEqual((await inUseAfter(cloud, certificateArn)).serial, serial);
  await gateway.send(new DeleteDomainNameCommand({ domainName }));
  assert.deepEqual(await inUseBy(cloud, certificateArn), []);
  await remove();
});

async function inUseAfter(cloud: TestCloud, CertificateArn: string) {
  const { Certificate } = await cloud.client(ACMClient).send(new DescribeCertificateCommand({ CertificateArn }));
  return { serial: Certificate?.Serial?.replaceAll(':', '').toUpperCase() };
}

test('names of HTTP APIs and of distributions show theirs; a certificate has to be there, and for the name', async () => {
  await using cloud = await startTestCloud(now());
  const CertificateArn = await certificateFor(cloud, 'example.com', '*.example.com');
  const v2 = cloud.client(ApiGatewayV2Client);
  const named = (DomainName: string, arn = CertificateArn) =>
    v2.send(new CreateV2DomainNameCommand({ DomainName, DomainNameConfigurations: [{ CertificateArn: arn }] }));
  await named('http.example.com');
  assert.equal((await shownTo(cloud, 'http.example.com')).subject.CN, 'example.com');
  assert.equal(
    (await failure(named('http.example.org'))).message,
    'The domain name to be created is not covered by the provided certificate.',
  );
  const missing = CertificateArn.replace(/[^/]+$/, 'none');
  assert.equal(
    (await failure(named('b.example.com', missing))).message,
    `Invalid certificate ARN: ${missing}. The certificate does not exist.`,
  );
  const away = CertificateArn.replace('us-east-1', 'eu-west-1');
  assert.equal(
    (await failure(named('b.example.com', away))).message,
    `Invalid certificate ARN: ${away}. Certificate must be in 'us-east-1'.`,
  );
  const cloudfront = cloud.client(CloudFrontClient);
  const distribute = (alias: string, ACMCertificateArn = CertificateArn) =>
    cloudfront.send(
      new CreateDistributionCommand({
        DistributionConfig: {
          CallerReference: alias,
          Comment: '',
          Enabled: true,
          Aliases: { Quantity: 1, Items: [alias] },
          ViewerCertificate: { ACMCertificateArn, SSLSupportMethod: 'sni-only' },
          Origins: {
            Quantity: 1,
            Items: [
              {
                Id: 'web',
                DomainName: 'localhost',
                CustomOriginConfig: { HTTPPort: 80, HTTPSPort: 443, OriginProtocolPolicy: 'http-only' },
              },
            ],
          },
          DefaultCacheBehavior: {
            TargetOriginId: 'web',
            ViewerProtocolPolicy: 'allow-all',
            CachePolicyId: '658327ea-f89d-4fab-a63d-7e88639e58f6',
          },
        },
      }),
    );
  const { Distribution } = await distribute('www.example.com');
  assert.equal((await shownTo(cloud, 'www.example.com')).subject.CN, 'example.com');
  assert.deepEqual((await inUseBy(cloud, CertificateArn))?.toSorted(), [
    'arn:aws:apigateway:us-east-1::/domainnames/http.example.com',
    Distribution?.ARN,
  ]);
  assert.match((await failure(distribute('www.example.org'))).message, /doesn't cover the alternate domain name/);
  assert.match(
    (await failure(distribute('web.example.com', missing))).message,
    /^The specified SSL certificate doesn't exist/,
  );
});

test('AWS::CertificateManager::Certificate and Account', async () => {
  await using cloud = await startTestCloud();
  const template = (DomainName: string, more: object = {}) =>
    templateOf(
      {
        Certificate: {
          Type: 'AWS::CertificateManager::Certificate',
          Properties: { DomainName, ValidationMethod: 'DNS', ...more },
        },
        Account: {
          Type: 'AWS::CertificateManager::Account',
          Properties: { ExpiryEventsConfiguration: { DaysBeforeExpiry: 20 } },
        },
      },
      { Outputs: { Arn: { Value: { Ref: 'Certificate' } } } },
    );
  const formation = cloud.client(CloudFormationClient);
  // CloudFormation looks again after a second whether a certificate is issued.
  const deployed = async (TemplateBody: string, status: string) => {
    const input = { StackName: 'tls', TemplateBody };
    await (status === 'CREATE_COMPLETE'
      ? formation.send(new CreateStackCommand(input))
      : formation.send(new UpdateStackCommand(input)));
    await cloud.server.cloud.settle();
    await cloud.advance(2_000);
    await expectStatus(cloud, 'tls', status);
  };
  await deployed(template('a.example.com', { SubjectAlternativeNames: ['b.example.com'] }), 'CREATE_COMPLETE');
  const { Arn = '' } = await outputs(cloud, 'tls');
  const acm = cloud.client(ACMClient);
  const { Certificate } = await acm.send(new DescribeCertificateCommand({ CertificateArn: Arn }));
  assert.deepEqual(
    [Certificate?.Status, Certificate?.SubjectAlternativeNames],
    ['ISSUED', ['a.example.com', 'b.example.com']],
  );
  const days = async () => (await acm.send(new GetAccountConfigurationCommand({}))).ExpiryEvents?.DaysBeforeExpiry;
  assert.equal(await days(), 20);
  const quiet = { SubjectAlternativeNames: ['b.example.com'], CertificateTransparencyLoggingPreference: 'DISABLED' };
  await deployed(template('a.example.com', quiet), 'UPDATE_COMPLETE');
  assert.equal((await outputs(cloud, 'tls')).Arn, Arn);
  await deployed(template('c.example.com'), 'UPDATE_COMPLETE');
  assert.notEqual((await outputs(cloud, 'tls')).Arn, Arn);
  const listed = async () =>
    (await acm.send(new ListCertificatesCommand({}))).CertificateSummaryList?.map(({ DomainName }) => DomainName);
  assert.deepEqual(await listed(), ['c.example.com']);
  await remove(cloud, 'tls');
  assert.deepEqual(await listed(), []);
  assert.equal(await days(), 45);
});
