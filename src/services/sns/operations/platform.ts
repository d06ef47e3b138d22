/**
 * Mobile push: platform applications, and the endpoints of devices.
 *
 * Deviation: credentials of push services are taken as they are, and may be missing; AWS shows them to the push service before it keeps them.
 */
import { isDeepStrictEqual } from 'node:util';
import { utf8Length } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import { readArn } from '../domain/names.ts';
import { pageOf, readToken } from '../domain/page.ts';
import { applicationOf, tellApplication } from '../domain/push.ts';
import { applicationMissing, endpointMissing, invalid, invalidFor } from '../errors.ts';
import { PAGE_SIZE } from '../limits.ts';
import { type ApplicationRow, type Attributes, applications, type EndpointRow, endpoints, topics } from '../state.ts';

/** Source: SNS API Reference, CreatePlatformApplication. */
const PLATFORMS = [
  'ADM',
  'APNS',
  'APNS_SANDBOX',
  'APNS_VOIP',
  'APNS_VOIP_SANDBOX',
  'BAIDU',
  'FCM',
  'GCM',
  'MACOS',
  'MACOS_SANDBOX',
  'MPNS',
  'WNS',
];
const APPLICATION_ATTRIBUTES = [
  'AppleCertificateExpirationDate',
  'ApplePlatformBundleID',
  'ApplePlatformTeamID',
  'Enabled',
  'EventDeliveryFailure',
  'EventEndpointCreated',
  'EventEndpointDeleted',
  'EventEndpointUpdated',
  'FailureFeedbackRoleArn',
  'PlatformCredential',
  'PlatformPrincipal',
  'SuccessFeedbackRoleArn',
  'SuccessFeedbackSampleRate',
];
/** Never shown again. */
const SECRET = /^Platform(Credential|Principal)$/;
const TOPIC = /^arn:[\w-]+:sns:([\w-]+):(\d{12}):([\w-]+)$/;
const USER_DATA_BYTES_MAX = 2_048;

export const createPlatformApplication: Handler<'sns', 'CreatePlatformApplication'> = (input, ctx) => {
  const { Name: name, Platform: platform, Attributes: attributes } = input;
  if (name === '') throw invalidFor('', 'cannot be empty');
  if (name.length > 256) throw invalidFor(name, 'must be at most 256 characters long');
  if (!/^[A-Za-z0-9_.-]+$/.test(name))
    throw invalidFor(name, "must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'");
  if (!PLATFORMS.includes(platform)) throw invalidFor('Platform', `${platform} is not supported`);
  checkApplication(attributes, ctx);
  if (attributes.PlatformCredential === undefined && attributes.PlatformPrincipal !== undefined)
    throw invalidFor('Attributes', 'PlatformPrincipal attribute provided without PlatformCredential');
  if (attributes.PlatformPrincipal === undefined && attributes.PlatformCredential !== undefined && platform !== 'GCM')
    throw invalidFor('Attributes', 'PlatformCredential attribute provided without PlatformPrincipal');
  const kind = platform === 'FCM' ? 'GCM' : platform;
  const arn = `arn:${ctx.partition}:sns:${ctx.region}:${ctx.account}:app/${kind}/${name}`;
  const before = ctx.store.get(applications, { arn });
  if (before === undefined)
    ctx.store.put(applications, {
      arn,
      name,
      platform: kind,
      attributes: { Enabled: 'true', ...attributes },
      createdAt: ctx.now,
    });
  return { PlatformApplicationArn: arn };
};

function checkApplication(attributes: Attributes, ctx: Ctx): void {
  const odd = Object.keys(attributes).find((name) => !APPLICATION_ATTRIBUTES.includes(name));
  if (odd !== undefined) throw invalidFor('Attributes', `Invalid attribute name: ${odd}`);
  // Source: SNS Developer Guide, "Mobile push API errors".
  for (const [name, value] of Object.entries(attributes)) {
    if (!name.startsWith('Event') || value === '') continue;
    const [, region = '', account = '', topic = ''] = TOPIC.exec(value) ?? [];
    if (topic === '') throw invalidFor('Attributes', `${name} has invalid ARN format`);
    if (ctx.store.in({ account, region }).get(topics, { name: topic }) === undefined)
      throw invalidFor('Attributes', `${name} is not an existing Topic`);
  }
}

/** @throws {ServiceError} InvalidParameter, NotFound */
function findApplication(arn: string, ctx: Ctx): ApplicationRow {
  readArn(arn, 'PlatformApplicationArn');
  const row = ctx.store.get(applications, { arn });
  if (row === undefined) throw applicationMissing();
  return row;
}

const shown = (attributes: Attributes) =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => !SECRET.test(name)));

export const getPlatformApplicationAttributes: Handler<'sns', 'GetPlatformApplicationAttributes'> = (input, ctx) => ({
  Attributes: shown(findApplication(input.PlatformApplicationArn, ctx).attributes),
});

export const setPlatformApplicationAttributes: Handler<'sns', 'SetPlatformApplicationAttributes'> = (input, ctx) => {
  const row = findApplication(input.PlatformApplicationArn, ctx);
  checkApplication(input.Attributes, ctx);
  ctx.store.put(applications, { ...row, attributes: { ...row.attributes, ...input.Attributes } });
  return {};
};

export const listPlatformApplications: Handler<'sns', 'ListPlatformApplications'> = (input, ctx) => {
  const after = readToken(input.NextToken);
  const rows = ctx.store.list(applications, {
    ...(after !== undefined && { after: { arn: after } }),
    limit: PAGE_SIZE + 1,
  });
  const { page, next } = pageOf(rows, ({ arn }) => arn);
  return {
    PlatformApplications: page.map(({ arn, attributes }) => ({
      PlatformApplicationArn: arn,
      Attributes: shown(attributes),
    })),
    ...(next !== undefined && { NextToken: next }),
  };
};

/** Deleting what isn't there is no error. Its endpoints stay, and nothing reaches them. */
export const deletePlatformApplication: Handler<'sns', 'DeletePlatformApplication'> = (input, ctx) => {
  readArn(input.PlatformApplicationArn, 'PlatformApplicationArn');
  ctx.store.delete(applications, { arn: input.PlatformApplicationArn });
  return {};
};

export const createPlatformEndpoint: Handler<'sns', 'CreatePlatformEndpoint'> = (input, ctx) => {
  const application = findApplication(input.PlatformApplicationArn, ctx);
  const { Token: token, CustomUserData: data } = input;
  if (token === '') throw invalidFor('Token', 'cannot be empty');
  const attributes: Attributes = {
    Enabled: 'true',
    ...(data !== undefined && { CustomUserData: data }),
    ...input.Attributes,
    ...(data !== undefined && input.Attributes?.CustomUserData === undefined && { CustomUserData: data }),
  };
  checkDevice(attributes);
  const where = { application: application.arn, token };
  const before = ctx.store.first(endpoints, { index: 'byToken', where });
  if (before !== undefined) {
    const names = new Set([...Object.keys(before.attributes), ...Object.keys(attributes)]);
    if ([...names].some((name) => before.attributes[name] !== attributes[name]))
      throw invalidFor('Token', `Endpoint ${before.arn} already exists with the same Token, but different attributes.`);
    return { EndpointArn: before.arn };
  }
  const arn = `${application.arn.replace(':app/', ':endpoint/')}/${ctx.uuid()}`;
  ctx.store.put(endpoints, { ...where, arn, attributes });
  tellApplication(application, 'EventEndpointCreated', arn, ctx);
  return { EndpointArn: arn };
};

function checkDevice(attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (!['CustomUserData', 'Enabled', 'Token'].includes(name))
      throw invalidFor('Attributes', `Invalid attribute name: ${name}`);
    if (name === 'CustomUserData' && utf8Length(value) > USER_DATA_BYTES_MAX)
      throw invalidFor(
        'Attributes',
        'Invalid value for attribute: CustomUserData: must be at most 2048 bytes long in UTF-8 encoding',
      );
    if (name === 'Enabled' && !/^(true|false)$/i.test(value))
      throw invalidFor('Attributes', 'Invalid value for attribute: Enabled: must be true or false');
  }
}

/** @throws {ServiceError} InvalidParameter, NotFound */
function findEndpoint(arn: string, ctx: Ctx): EndpointRow {
  const { parts } = readArn(arn, 'EndpointArn');
  if ((parts[0] ?? '').split('/').length !== 4)
    throw invalidFor('EndpointArn', 'Wrong number of slashes in relative portion of the ARN.');
  const row = ctx.store.get(endpoints, { application: applicationOf(arn), arn });
  if (row === undefined) throw endpointMissing();
  return row;
}

function tellOf(
  { application: arn, arn: endpoint }: EndpointRow,
  event: Parameters<typeof tellApplication>[1],
  ctx: Ctx,
) {
  const application = ctx.store.get(applications, { arn });
  if (application !== undefined) tellApplication(application, event, endpoint, ctx);
}

const deviceAttributes = ({ attributes, token }: EndpointRow): Attributes => ({ ...attributes, Token: token });

export const getEndpointAttributes: Handler<'sns', 'GetEndpointAttributes'> = (input, ctx) => ({
  Attributes: deviceAttributes(findEndpoint(input.EndpointArn, ctx)),
});

export const setEndpointAttributes: Handler<'sns', 'SetEndpointAttributes'> = (input, ctx) => {
  const row = findEndpoint(input.EndpointArn, ctx);
  checkDevice(input.Attributes);
  const { Token: token = row.token, ...given } = input.Attributes;
  if (token === '') throw invalid('Token Reason: cannot be empty');
  const changed = { ...row, token, attributes: { ...row.attributes, ...given } };
  ctx.store.put(endpoints, changed);
  if (!isDeepStrictEqual(changed, row)) tellOf(row, 'EventEndpointUpdated', ctx);
  return {};
};

/** Deleting what isn't there is no error; subscriptions of it stay. */
export const deleteEndpoint: Handler<'sns', 'DeleteEndpoint'> = (input, ctx) => {
  const arn = input.EndpointArn;
  readArn(arn, 'EndpointArn');
  const row = ctx.store.get(endpoints, { application: applicationOf(arn), arn });
  if (row === undefined) return {};
  ctx.store.delete(endpoints, row);
  tellOf(row, 'EventEndpointDeleted', ctx);
  return {};
};

export const listEndpointsByPlatformApplication: Handler<'sns', 'ListEndpointsByPlatformApplication'> = (
  input,
  ctx,
) => {
  const { arn: application } = findApplication(input.PlatformApplicationArn, ctx);
  const after = readToken(input.NextToken);
  const rows = ctx.store.list(endpoints, {
    where: { application },
    ...(after !== undefined && { after: { arn: after } }),
    limit: PAGE_SIZE + 1,
  });
  const { page, next } = pageOf(rows, ({ arn }) => arn);
  return {
    Endpoints: page.map((row) => ({ EndpointArn: row.arn, Attributes: deviceAttributes(row) })),
    ...(next !== undefined && { NextToken: next }),
  };
};
