/** What reaches people: mail, text messages, notices to phones; all of it lies in the outbox. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  CheckIfPhoneNumberIsOptedOutCommand,
  CreatePlatformApplicationCommand,
  CreatePlatformEndpointCommand,
  CreateSMSSandboxPhoneNumberCommand,
  DeleteEndpointCommand,
  GetEndpointAttributesCommand,
  GetPlatformApplicationAttributesCommand,
  GetSMSAttributesCommand,
  ListEndpointsByPlatformApplicationCommand,
  ListSMSSandboxPhoneNumbersCommand,
  OptInPhoneNumberCommand,
  PublishCommand,
  SetEndpointAttributesCommand,
  SetSMSAttributesCommand,
  VerifySMSSandboxPhoneNumberCommand,
} from '@aws-sdk/client-sns';
import { failure } from '../../support/cloud.ts';
import { sumOf } from '../../support/metrics.ts';
import { ACCOUNT, counted, openBed, queueArn } from './bed.ts';

type Bed = Awaited<ReturnType<typeof openBed>>;

/** A role by which SNS writes logs. */
async function logger({ cloud }: Bed): Promise<string> {
  const iam = cloud.client(IAMClient);
  const policy = (fields: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...fields }] });
  const trust = policy({ Principal: { Service: 'sns.amazonaws.com' }, Action: 'sts:AssumeRole' });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: 'logger', AssumeRolePolicyDocument: trust }));
  const PolicyDocument = policy({ Action: 'logs:*', Resource: '*' });
  await iam.send(new PutRolePolicyCommand({ RoleName: 'logger', PolicyName: 'p', PolicyDocument }));
  return Role?.Arn ?? '';
}

async function logged({ cloud, settle }: Bed, group: string) {
  await settle();
  const { events = [] } = await cloud
    .client(CloudWatchLogsClient)
    .send(new FilterLogEventsCommand({ logGroupName: `sns/us-east-1/${ACCOUNT}/${group}` }));
  return events.map(({ message = '' }) => JSON.parse(message));
}

test('a mail address is asked, confirms by the link, and gets mail', async () => {
  await using bed = await openBed();
  const { sns } = bed;
  const TopicArn = await bed.topic('news', { DisplayName: 'The "Yard"' });
  const arn = await bed.subscribe(TopicArn, 'email', 'anna@example.com');
  await bed.settle();
  const [asked] = bed.mail();
  assert.equal(asked?.subject, 'AWS Notification - Subscription Confirmation');
  const link = /http:\S+/.exec(asked?.text ?? '')?.[0] ?? '';
  assert.equal((await fetch(link)).status, 200);
  await bed.subscribe(TopicArn, 'email-json', 'ben@example.com');
  await sns.send(new PublishCommand({ TopicArn, Message: 'hello', Subject: 'Hi there' }));
  await bed.settle();
  const [told] = bed.mail().filter(({ to, subject }) => to === 'anna@example.com' && subject === 'Hi there');
  assert.equal(told?.from, 'The  Yard  <no-reply@sns.amazonaws.com>');
  assert.match(told?.text ?? '', /^hello\n\n--\nIf you wish to stop receiving notifications from this topic/);
  assert.ok(told?.text.includes(`SubscriptionArn=${arn}`));
  const [json] = bed.mail().filter(({ to }) => to === 'ben@example.com');
  assert.equal(JSON.parse(json?.text ?? '').Type, 'SubscriptionConfirmation');
});

test('texts are split as phones do, and end with the month’s money', async () => {
  await using bed = await openBed();
  const { sns } = bed;
  const send = (Message: string) => sns.send(new PublishCommand({ PhoneNumber: '+15550100', Message }));
  await send('short');
  await send(`${'word '.repeat(60)}end`);
  await send('ж'.repeat(71));
  const texts = bed.mail().toReversed();
  assert.deepEqual(
    texts.map(({ text, details }) => [text.length, details?.part]),
    [
      [5, undefined],
      [149, '1/2'],
      [153, '2/2'],
      [67, '1/2'],
      [4, '2/2'],
    ],
  );
  assert.deepEqual([texts[0]?.channel, texts[0]?.to, texts[0]?.from], ['sms', '+15550100', 'NOTICE']);
  await sns.send(new SetSMSAttributesCommand({ attributes: { MonthlySpendLimit: '0', DefaultSenderID: 'Yard' } }));
  await send('unheard');
  assert.equal(bed.mail().length, 5);
  await sns.send(new SetSMSAttributesCommand({ attributes: { MonthlySpendLimit: '1' } }));
  await send('heard');
  assert.equal(bed.mail()[0]?.from, 'Yard');
  const { attributes } = await sns.send(new GetSMSAttributesCommand({ attributes: ['DefaultSenderID'] }));
  assert.deepEqual(attributes, { DefaultSenderID: 'Yard' });
  const empty = { MonthlySpendLimit: '', DefaultSenderID: '', DefaultSMSType: '', UsageReportS3Bucket: '' };
  await sns.send(new SetSMSAttributesCommand({ attributes: empty }));
  const first = await sns.send(new GetSMSAttributesCommand({}));
  assert.deepEqual(first.attributes, { MonthlySpendLimit: '1' });
  for (const [given, text] of [
    [{ Colour: 'red' }, 'Colour is not a valid attribute'],
    [{ DefaultSMSType: 'Loud' }, 'DefaultSMSType is invalid'],
  ] as const)
    assert.equal((await failure(sns.send(new SetSMSAttributesCommand({ attributes: given })))).message, text);
});

test('a topic’s phones, and the numbers of the sandbox', async () => {
  await using bed = await openBed();
  const { sns } = bed;
  const TopicArn = await bed.topic('news');
  await bed.subscribe(TopicArn, 'sms', '+1 (555) 0100');
  await sns.send(new PublishCommand({ TopicArn, Message: '{"default":"d","sms":"s"}', MessageStructure: 'json' }));
  await bed.settle();
  assert.deepEqual(
    bed.mail().map(({ to, text }) => [to, text]),
    [['+15550100', 's']],
  );
  const PhoneNumber = '+15550101';
  await sns.send(new CreateSMSSandboxPhoneNumberCommand({ PhoneNumber }));
  const code = /\d{6}/.exec(bed.mail()[0]?.text ?? '')?.[0] ?? '';
  const verify = (OneTimePassword: string) =>
    sns.send(new VerifySMSSandboxPhoneNumberCommand({ PhoneNumber, OneTimePassword }));
  assert.equal((await failure(verify(code === '00000' ? '00001' : '00000'))).name, 'VerificationException');
  await verify(code);
  const { PhoneNumbers } = await sns.send(new ListSMSSandboxPhoneNumbersCommand({}));
  assert.deepEqual(PhoneNumbers, [{ PhoneNumber, Status: 'Verified' }]);
  await sns.send(new OptInPhoneNumberCommand({ phoneNumber: PhoneNumber }));
  const asked = await sns.send(new CheckIfPhoneNumberIsOptedOutCommand({ phoneNumber: PhoneNumber }));
  assert.equal(asked.isOptedOut, false);
  assert.equal(
    (await failure(sns.send(new OptInPhoneNumberCommand({ phoneNumber: 'x' })))).message,
    'Invalid parameter: PhoneNumber Reason: input incorrectly formatted',
  );
});

test('platform applications, endpoints, and notices to them', async () => {
  await using bed = await openBed();
  const { sns } = bed;
  const make = (Name: string, Platform: string, Attributes: Record<string, string>) =>
    sns.send(new CreatePlatformApplicationCommand({ Name, Platform, Attributes }));
  const credentials = { PlatformPrincipal: 'id', PlatformCredential: 'secret' };
  const { PlatformApplicationArn = '' } = await make('app', 'ADM', credentials);
  assert.equal(PlatformApplicationArn, `arn:aws:sns:us-east-1:${ACCOUNT}:app/ADM/app`);
  for (const [parameters, text] of [
    [['', 'ADM', credentials], 'Invalid parameter:  Reason: cannot be empty'],
    [['app', 'AAA', credentials], 'Invalid parameter: Platform Reason: AAA is not supported'],
    [
      ['app2', 'ADM', { ...credentials, EventEndpointCreated: 'bad' }],
      'Invalid parameter: Attributes Reason: EventEndpointCreated has invalid ARN format',
    ],
    [
      ['app2', 'ADM', { ...credentials, EventDeliveryFailure: `arn:aws:sns:us-east-1:${ACCOUNT}:none` }],
      'Invalid parameter: Attributes Reason: EventDeliveryFailure is not an existing Topic',
    ],
    [
      ['app', 'ADM', { PlatformPrincipal: 'id' }],
      'Invalid parameter: Attributes Reason: PlatformPrincipal attribute provided without PlatformCredential',
    ],
    [
      ['@app', 'ADM', credentials],
      "Invalid parameter: @app Reason: must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'",
    ],
  ] as [Parameters<typeof make>, string][])
    assert.equal((await failure(make(...parameters))).message, text);
  const shown = await sns.send(new GetPlatformApplicationAttributesCommand({ PlatformApplicationArn }));
  assert.deepEqual(shown.Attributes, { Enabled: 'true' });

  const register = (CustomUserData?: string) =>
    sns.send(
      new CreatePlatformEndpointCommand({
        PlatformApplicationArn,
        Token: 't',
        ...(CustomUserData && { CustomUserData }),
      }),
    );
  const { EndpointArn = '' } = await register('anna');
  assert.equal((await register('anna')).EndpointArn, EndpointArn);
  assert.equal(
    (await failure(register('ben'))).message,
    `Invalid parameter: Token Reason: Endpoint ${EndpointArn} already exists with the same Token, but different attributes.`,
  );
  const TopicArn = await bed.topic('news');
  await bed.subscribe(TopicArn, 'application', EndpointArn);
  await sns.send(new PublishCommand({ TopicArn, Message: '{"default":"d","ADM":"{}"}', MessageStructure: 'json' }));
  await sns.send(new PublishCommand({ TargetArn: EndpointArn, Message: 'direct' }));
  await bed.settle();
  assert.deepEqual(
    bed
      .mail()
      .map(({ channel, to, text, details }) => [channel, to, text, details?.platform])
      .sort(),
    [
      ['push', 't', 'direct', 'ADM'],
      ['push', 't', '{}', 'ADM'],
    ].sort(),
  );
  const disable = { EndpointArn, Attributes: { Enabled: 'false' } };
  await sns.send(new SetEndpointAttributesCommand(disable));
  const refused = await failure(sns.send(new PublishCommand({ TargetArn: EndpointArn, Message: 'direct' })));
  assert.deepEqual([refused.name, refused.message], ['EndpointDisabledException', 'Endpoint is disabled']);
  const listed = await sns.send(new ListEndpointsByPlatformApplicationCommand({ PlatformApplicationArn }));
  assert.deepEqual(listed.Endpoints?.[0]?.Attributes, { CustomUserData: 'anna', Enabled: 'false', Token: 't' });
  await sns.send(new DeleteEndpointCommand({ EndpointArn }));
  const gone = await failure(sns.send(new GetEndpointAttributesCommand({ EndpointArn })));
  assert.deepEqual([gone.name, gone.message], ['NotFoundException', 'Endpoint does not exist']);
});

test('what becomes of texts is counted, and logged by the role that the account names', async () => {
  await using bed = await openBed();
  const { sns, cloud } = bed;
  const DeliveryStatusIAMRole = await logger(bed);
  await sns.send(new SetSMSAttributesCommand({ attributes: { DeliveryStatusIAMRole } }));
  const send = (Message: string, price = '1') =>
    sns.send(
      new PublishCommand({
        PhoneNumber: '+15550100',
        Message,
        MessageAttributes: { 'AWS.SNS.SMS.MaxPrice': { DataType: 'Number', StringValue: price } },
      }),
    );
  const { MessageId } = await send('ж'.repeat(71));
  await send('dear', '0.001');
  const common = { destination: '+15550100', smsType: 'Promotional', mcc: 0, mnc: 0 };
  const times = { dwellTimeMs: 0, dwellTimeMsUntilDeviceAck: 0 };
  const [done, ...others] = await logged(bed, 'DirectPublishToPhoneNumber');
  assert.deepEqual(
    [done, others],
    [
      {
        notification: { messageId: MessageId, timestamp: '2026-01-01 00:00:00.000' },
        delivery: {
          ...common,
          ...times,
          numberOfMessageParts: 2,
          priceInUSD: 0.0129,
          providerResponse: 'Message has been accepted by phone carrier',
        },
        status: 'SUCCESS',
      },
      [],
    ],
  );
  const [failed] = await logged(bed, 'DirectPublishToPhoneNumber/Failure');
  assert.deepEqual(
    [failed.status, failed.delivery.providerResponse],
    ['FAILURE', 'This delivery would exceed max price'],
  );
  await sns.send(new SetSMSAttributesCommand({ attributes: { DeliveryStatusSuccessSamplingRate: '0' } }));
  await send('unlogged');
  assert.equal((await logged(bed, 'DirectPublishToPhoneNumber')).length, 1);
  const told = await sumOf(cloud, 'AWS/SNS');
  const direct = { PhoneNumber: 'PhoneNumberDirect' };
  assert.deepEqual(
    [
      await told('NumberOfMessagesPublished', direct),
      await told('NumberOfNotificationsDelivered', direct),
      await told('NumberOfNotificationsFailed', direct),
      await told('SMSSuccessRate', direct),
      await told('SMSSuccessRate', {}, 'SampleCount'),
    ],
    [3, 2, 1, 2, 3],
  );
});

test('a platform application tells topics of its endpoints, and logs what becomes of notices', async () => {
  await using bed = await openBed();
  const { sns } = bed;
  const [role, events, QueueUrl] = [await logger(bed), await bed.topic('events'), await bed.queue('q')];
  await bed.subscribe(events, 'sqs', queueArn('q'), { RawMessageDelivery: 'true' });
  const names = ['EventEndpointCreated', 'EventEndpointUpdated', 'EventEndpointDeleted', 'EventDeliveryFailure'];
  const Attributes = {
    PlatformPrincipal: 'id',
    PlatformCredential: 'secret',
    SuccessFeedbackRoleArn: role,
    SuccessFeedbackSampleRate: '100',
    FailureFeedbackRoleArn: role,
    ...Object.fromEntries(names.map((name) => [name, events])),
  };
  const { PlatformApplicationArn = '' } = await sns.send(
    new CreatePlatformApplicationCommand({ Name: 'app', Platform: 'ADM', Attributes }),
  );
  const { EndpointArn = '' } = await sns.send(
    new CreatePlatformEndpointCommand({ PlatformApplicationArn, Token: 't' }),
  );
  const TopicArn = await bed.topic('news');
  await bed.subscribe(TopicArn, 'application', EndpointArn);
  const { MessageId: first } = await sns.send(new PublishCommand({ TargetArn: EndpointArn, Message: 'direct' }));
  const change = { EndpointArn, Attributes: { Enabled: 'false' } };
  await sns.send(new SetEndpointAttributesCommand(change));
  await sns.send(new SetEndpointAttributesCommand(change));
  const { MessageId } = await sns.send(new PublishCommand({ TopicArn, Message: 'never' }));
  await bed.settle();
  await sns.send(new DeleteEndpointCommand({ EndpointArn }));
  const common = { EndpointArn, Resource: PlatformApplicationArn, Service: 'SNS', Time: '2026-01-01T00:00:00.000Z' };
  const told = (await bed.receive(QueueUrl)).map(({ Body = '' }) => JSON.parse(Body));
  const failure = {
    DeliveryAttempts: 1,
    FailureMessage: 'Endpoint is disabled',
    FailureType: 'EndpointDisabled',
    MessageId,
  };
  assert.deepEqual(
    told.sort((a, b) => (a.EventType < b.EventType ? -1 : 1)),
    [
      { ...common, ...failure, EventType: 'DeliveryFailure' },
      { ...common, EventType: 'EndpointCreated' },
      { ...common, EventType: 'EndpointDeleted' },
      { ...common, EventType: 'EndpointUpdated' },
    ],
  );
  const line = async (group: string) => {
    const [{ status, notification, delivery }] = await logged(bed, group);
    return [status, notification.messageId, delivery.statusCode, delivery.token, delivery.destination];
  };
  assert.deepEqual(await line('app/ADM/app'), ['SUCCESS', first, 200, 't', EndpointArn]);
  assert.deepEqual(await line('app/ADM/app/Failure'), ['FAILURE', MessageId, 400, 't', EndpointArn]);
  const all: Record<string, string>[] = [
    { Application: 'app' },
    { Platform: 'ADM' },
    { Application: 'app', Platform: 'ADM' },
  ];
  for (const dimensions of all)
    assert.deepEqual(
      ['NumberOfMessagesPublished', 'NumberOfNotificationsDelivered', 'NumberOfNotificationsFailed', 'PublishSize'].map(
        (metric) => counted(bed, metric, dimensions),
      ),
      [1, 1, 1, 'direct'.length],
    );
});
