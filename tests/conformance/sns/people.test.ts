/** What reaches people: mail, text messages, notices to phones; all of it lies in the outbox. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
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
import { ACCOUNT, openBed } from './bed.ts';

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
