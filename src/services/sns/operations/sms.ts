/**
 * Text messages: an account's settings, numbers that want none, and the sandbox of new accounts.
 * Deviation: every account has left the sandbox; its numbers are kept, and nothing depends on them. Nobody can answer STOP here. The monthly
 * spend limit may be set as high as one likes: there is no support to ask.
 */
import type { Handler } from '#kernel/contract';
import { phoneNumber } from '../domain/endpoint.ts';
import { pageOf, readToken } from '../domain/page.ts';
import { invalidFor, invalidText, resourceMissing, userError, wrongOneTimePassword } from '../errors.ts';
import { OTP_LIFE, PAGE_SIZE, SANDBOX_NUMBERS_MAX, SMS_SPEND_DEFAULT } from '../limits.ts';
import { type Attributes, phones, sandbox, smsSettings } from '../state.ts';

/** Each can also be empty: it is then as it was at first. Source: SNS API Reference, SetSMSAttributes. */
const SETTINGS: { readonly [name: string]: (value: string) => boolean } = {
  MonthlySpendLimit: (value) => /^\d{1,9}$/.test(value),
  DeliveryStatusIAMRole: (value) => /^arn:[^:]+:iam::\d{12}:role\/.+$/.test(value),
  DeliveryStatusSuccessSamplingRate: (value) => /^\d{1,3}$/.test(value) && Number(value) <= 100,
  DefaultSenderID: (value) => /^(?=.*[A-Za-z])[A-Za-z0-9-]{1,11}$/.test(value),
  DefaultSMSType: (value) => value === 'Promotional' || value === 'Transactional',
  UsageReportS3Bucket: () => true,
};

export const setSMSAttributes: Handler<'sns', 'SetSMSAttributes'> = (input, ctx) => {
  for (const [name, value] of Object.entries(input.attributes)) {
    const check = Object.hasOwn(SETTINGS, name) ? SETTINGS[name] : undefined;
    if (check === undefined) throw invalidText(`${name} is not a valid attribute`);
    if (value !== '' && !check(value)) throw invalidText(`${name} is invalid`);
  }
  const row = ctx.store.get(smsSettings, { id: 'sms' }) ?? { id: 'sms', attributes: {}, month: '', spent: 0 };
  const attributes = Object.entries({ ...row.attributes, ...input.attributes }).filter(([, value]) => value !== '');
  ctx.store.put(smsSettings, { ...row, attributes: Object.fromEntries(attributes) });
  return {};
};

export const getSMSAttributes: Handler<'sns', 'GetSMSAttributes'> = (input, ctx) => {
  const all: Attributes = {
    MonthlySpendLimit: String(SMS_SPEND_DEFAULT),
    ...ctx.store.get(smsSettings, { id: 'sms' })?.attributes,
  };
  const wanted = input.attributes ?? [];
  const shown = Object.entries(all).filter(([name]) => wanted.length === 0 || wanted.includes(name));
  return { attributes: Object.fromEntries(shown) };
};

/** @throws {ServiceError} InvalidParameter */
function readNumber(text: string): string {
  const number = phoneNumber(text);
  if (number === undefined) throw invalidFor('PhoneNumber', 'input incorrectly formatted');
  return number;
}

export const checkIfPhoneNumberIsOptedOut: Handler<'sns', 'CheckIfPhoneNumberIsOptedOut'> = (input, ctx) => ({
  isOptedOut: ctx.store.get(phones, { number: readNumber(input.phoneNumber) })?.optedOutAt !== undefined,
});

export const optInPhoneNumber: Handler<'sns', 'OptInPhoneNumber'> = (input, ctx) => {
  ctx.store.put(phones, { number: readNumber(input.phoneNumber), optedInAt: ctx.now });
  return {};
};

export const listPhoneNumbersOptedOut: Handler<'sns', 'ListPhoneNumbersOptedOut'> = (input, ctx) => {
  const after = readToken(input.nextToken);
  const rows = ctx.store.list(phones, {
    index: 'byOptOut',
    ...(after !== undefined && {
      after: { optedOutAt: Number(after.split(' ')[0]), number: after.split(' ')[1] ?? '' },
    }),
    limit: PAGE_SIZE + 1,
  });
  const { page, next } = pageOf(rows, ({ optedOutAt, number }) => `${optedOutAt} ${number}`);
  return { phoneNumbers: page.map(({ number }) => number), ...(next !== undefined && { nextToken: next }) };
};

export const getSMSSandboxAccountStatus: Handler<'sns', 'GetSMSSandboxAccountStatus'> = () => ({ IsInSandbox: false });

export const createSMSSandboxPhoneNumber: Handler<'sns', 'CreateSMSSandboxPhoneNumber'> = (input, ctx) => {
  const number = readNumber(input.PhoneNumber);
  const before = ctx.store.get(sandbox, { number });
  if (before?.verified === true) throw userError('Phone number is already verified');
  if (before === undefined && ctx.store.count(sandbox, {}) >= SANDBOX_NUMBERS_MAX)
    throw userError('The maximum number of sandbox phone numbers has been reached');
  const password = String(ctx.random.below(1_000_000)).padStart(6, '0');
  ctx.store.put(sandbox, { number, verified: false, password, expiresAt: ctx.now + OTP_LIFE });
  const text = `Your verification code for Amazon SNS is ${password}.`;
  ctx.mail({ channel: 'sms', to: number, from: 'AWS', text, details: { type: 'Transactional' } });
  return {};
};

export const verifySMSSandboxPhoneNumber: Handler<'sns', 'VerifySMSSandboxPhoneNumber'> = (input, ctx) => {
  const row = ctx.store.get(sandbox, { number: readNumber(input.PhoneNumber) });
  if (row === undefined) throw resourceMissing();
  if (row.password !== input.OneTimePassword || row.expiresAt <= ctx.now) throw wrongOneTimePassword();
  ctx.store.put(sandbox, { ...row, verified: true });
  return {};
};

export const deleteSMSSandboxPhoneNumber: Handler<'sns', 'DeleteSMSSandboxPhoneNumber'> = (input, ctx) => {
  if (!ctx.store.delete(sandbox, { number: readNumber(input.PhoneNumber) })) throw resourceMissing();
  return {};
};

export const listSMSSandboxPhoneNumbers: Handler<'sns', 'ListSMSSandboxPhoneNumbers'> = (input, ctx) => {
  const after = readToken(input.NextToken);
  const size = input.MaxResults ?? PAGE_SIZE;
  const rows = ctx.store.list(sandbox, { ...(after !== undefined && { after: { number: after } }), limit: size + 1 });
  const { page, next } = pageOf(rows, ({ number }) => number, size);
  return {
    PhoneNumbers: page.map(({ number, verified }) => ({
      PhoneNumber: number,
      Status: verified ? ('Verified' as const) : ('Pending' as const),
    })),
    ...(next !== undefined && { NextToken: next }),
  };
};

/** Numbers are bought from AWS End User Messaging, which isn't built: there are none. */
export const listOriginationNumbers: Handler<'sns', 'ListOriginationNumbers'> = (input) => {
  readToken(input.NextToken);
  return { PhoneNumbers: [] };
};
