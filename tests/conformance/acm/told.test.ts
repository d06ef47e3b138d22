/** What is told of certificates, and who may ask for them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACMClient, ListCertificatesCommand, RequestCertificateCommand } from '@aws-sdk/client-acm';
import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { certificateFor } from '../../support/certificates.ts';
import { failure, START, startTestCloud } from '../../support/cloud.ts';

const DAY = 86_400_000;

test('EventBridge hears when a certificate is there, when it nears its end, and when it has ended', async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  const open = {
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: '*',
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [open] });
  const Attributes = { Policy, MessageRetentionPeriod: '1209600' };
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'told', Attributes }));
  const bridge = cloud.client(EventBridgeClient);
  await bridge.send(new PutRuleCommand({ Name: 'certificates', EventPattern: '{"source":["aws.acm"]}' }));
  const Arn = 'arn:aws:sqs:us-east-1:123456789012:told';
  await bridge.send(new PutTargetsCommand({ Rule: 'certificates', Targets: [{ Id: 'q', Arn }] }));
  const heard = async () => {
    const told: { 'detail-type': string; resources: string[]; detail: { [name: string]: unknown } }[] = [];
    for (;;) {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      if (Messages.length === 0) return told;
      told.push(...Messages.map(({ Body = '' }) => JSON.parse(Body)));
    }
  };
  const arn = await certificateFor(cloud, 'www.example.com');
  const [available] = await heard();
  assert.deepEqual([available?.['detail-type'], available?.resources], ['ACM Certificate Available', [arn]]);
  assert.deepEqual(available?.detail, {
    Action: 'ISSUANCE',
    CertificateType: 'AMAZON_ISSUED',
    CommonName: 'www.example.com',
    DomainValidationMethod: 'DNS',
    CertificateCreatedDate: '2026-01-01T00:00:00.000Z',
    CertificateExpirationDate: '2027-01-31T00:00:00.000Z',
    DaysToExpiry: 395,
    InUse: false,
    Exported: false,
  });
  await cloud.advance(349 * DAY);
  assert.deepEqual(await heard(), []);
  await cloud.advance(DAY);
  const [near] = await heard();
  assert.deepEqual([near?.['detail-type'], near?.detail.DaysToExpiry], ['ACM Certificate Approaching Expiration', 45]);
  await cloud.advance(45 * DAY);
  const last = (await heard()).at(-1);
  assert.deepEqual([last?.['detail-type'], last?.detail.DaysToExpiry], ['ACM Certificate Expired', 0]);
  const daysToExpiry = async (day: number) => {
    const { MetricDataResults } = await cloud.client(CloudWatchClient).send(
      new GetMetricDataCommand({
        StartTime: new Date(START + day * DAY),
        EndTime: new Date(START + (day + 1) * DAY),
        MetricDataQueries: [
          {
            Id: 'days',
            MetricStat: {
              Metric: {
                Namespace: 'AWS/CertificateManager',
                MetricName: 'DaysToExpiry',
                Dimensions: [{ Name: 'CertificateArn', Value: arn }],
              },
              Period: 86_400,
              Stat: 'Minimum',
            },
          },
        ],
      }),
    );
    return MetricDataResults?.[0]?.Values;
  };
  assert.deepEqual([await daysToExpiry(10), await daysToExpiry(393)], [[385], [2]]);
});

test('policies see which names are asked for, and how they are validated', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
  const statement = {
    Effect: 'Allow',
    Action: 'acm:RequestCertificate',
    Resource: '*',
    Condition: {
      StringEquals: { 'acm:ValidationMethod': 'DNS' },
      'ForAllValues:StringLike': { 'acm:DomainNames': ['*.example.com'] },
    },
  };
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'own', PolicyDocument }));
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  const acm = cloud.client(ACMClient, { credentials });
  const ask = (DomainName: string, ValidationMethod: 'DNS' | 'EMAIL', ...SubjectAlternativeNames: string[]) =>
    acm.send(
      new RequestCertificateCommand({
        DomainName,
        ValidationMethod,
        ...(SubjectAlternativeNames.length > 0 && { SubjectAlternativeNames }),
      }),
    );
  assert.ok((await ask('www.example.com', 'DNS')).CertificateArn);
  for (const refused of [
    () => ask('www.example.com', 'EMAIL'),
    () => ask('www.example.org', 'DNS'),
    () => ask('www.example.com', 'DNS', 'www.example.org'),
    () => acm.send(new ListCertificatesCommand({})),
  ])
    assert.equal((await failure(refused())).name, 'AccessDeniedException');
});
