/** Data protection policies of topics: what of a message is found, masked, or stops it, when it is published and when it is delivered. Source: SNS Developer Guide, "Message data protection". */
import { type Ctx, notBuilt } from '#kernel/contract';
import {
  type CustomIdentifier,
  type Form,
  formOf,
  matchesOf,
  RegexError,
  replaced,
  shortName,
} from '#services/cloudwatch-logs/port';
import { invalidFor, protectionDenied } from '../errors.ts';
import { CUSTOM_IDENTIFIERS_MAX, PROTECTION_BYTES_MAX } from '../limits.ts';
import type { TopicRow } from '../state.ts';
import { jsonFault, objectOf } from './json.ts';

type Direction = 'Inbound' | 'Outbound';
/** Where findings go: a log group, a stream of Firehose. */
export type Destination = { logGroup?: string; deliveryStream?: string };
type Audit = { kind: 'audit'; rate: number; found: Destination; notFound: Destination };
type Operation = Audit | { kind: 'deny' } | { kind: 'mask'; by: (match: string) => string };
type Statement = {
  direction: Direction;
  principals: readonly string[];
  identifiers: readonly { name: string; form: Form }[];
  operation: Operation;
};

/** What an audit has found. It names nothing that is sensitive, only where it stands. */
export type Finding = {
  dataIdentifiers: { name: string; count: number; detections: { start: number; end: number }[] }[];
  destination: Destination;
};

const known = new Map<string, readonly Statement[]>();
const KNOWN_MAX = 100;

/** Statements of a policy, compiled. @throws {ServiceError} InvalidParameterException */
export function readProtection(text: string): readonly Statement[] {
  const before = known.get(text);
  if (before !== undefined) return before;
  const statements = parsed(text);
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(text, statements);
  return statements;
}

const bad = (reason: string) => invalidFor('DataProtectionPolicy', reason);

type Given = { [name: string]: unknown };
const given = (value: unknown) => (typeof value === 'object' && value !== null ? (value as Given) : {});

function parsed(text: string): Statement[] {
  if (Buffer.byteLength(text) > PROTECTION_BYTES_MAX) throw bad(`Policy is longer than ${PROTECTION_BYTES_MAX} bytes`);
  const document = jsonFault(text) === undefined ? (objectOf(text) as Given | undefined) : undefined;
  if (document === undefined) throw bad('Policy is not valid JSON');
  const { Name, Version, Statement: statements, Configuration } = document;
  if (typeof Name !== 'string' || Name === '') throw bad('Name must be specified');
  if (Version !== '2021-06-01') throw bad('Version must be 2021-06-01');
  if (!Array.isArray(statements) || statements.length === 0) throw bad('Statement must not be empty');
  const custom = readCustom(given(Configuration).CustomDataIdentifier ?? []);
  const read = statements.map((one) => readStatement(given(one), custom));
  if (read.filter(({ operation }) => operation.kind === 'audit').length > 1)
    throw bad('At most one Audit statement can be specified');
  return read;
}

/** Where a policy has its findings written. @throws {ServiceError} InvalidParameterException */
export function destinationsOf(text: string): Destination[] {
  return readProtection(text).flatMap(({ operation }) =>
    operation.kind === 'audit' ? [operation.found, operation.notFound].filter((to) => Object.keys(to).length > 0) : [],
  );
}

function readCustom(value: unknown): CustomIdentifier[] {
  if (!Array.isArray(value) || value.length > CUSTOM_IDENTIFIERS_MAX)
    throw bad(`At most ${CUSTOM_IDENTIFIERS_MAX} custom data identifiers can be specified`);
  return value.map((one) => {
    const { Name, Regex } = given(one);
    if (typeof Name !== 'string' || typeof Regex !== 'string')
      throw bad('A custom data identifier must have a Name and a Regex');
    return { Name, Regex };
  });
}

function readStatement(one: Given, custom: readonly CustomIdentifier[]): Statement {
  const { DataDirection: direction, Principal, DataIdentifier: names } = one;
  if (direction !== 'Inbound' && direction !== 'Outbound') throw bad('DataDirection must be Inbound or Outbound');
  const principals = [Principal].flat().filter((name) => typeof name === 'string');
  if (principals.length === 0) throw bad('Principal must be specified');
  if (!Array.isArray(names) || names.length === 0) throw bad('DataIdentifier must not be empty');
  const operation = readOperation(given(one.Operation));
  if (operation.kind === 'audit' && direction === 'Outbound') throw bad('Audit is only supported for Inbound');
  return { direction, principals, identifiers: names.map((name) => identifier(String(name), custom)), operation };
}

/** One that is not known is refused, so that nothing passes that should not. */
function identifier(name: string, custom: readonly CustomIdentifier[]) {
  let form: Form | undefined;
  try {
    form = formOf(name, custom);
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    throw bad(`The expression of the data identifier ${name} is invalid`);
  }
  if (form === undefined) throw bad(`Unknown data identifier ${name}`);
  return { name: shortName(name), form };
}

/** Source: SNS Developer Guide, "De-identify operation": what may stand for each character. */
const MASK = /^[A-Za-z0-9 *!$%&()+,\-./:;<=>?@#^_`|~]$/;

function readOperation(operation: Given): Operation {
  const names = Object.keys(operation);
  if (names.length !== 1) throw bad('Operation must have exactly one of Audit, Deidentify and Deny');
  if (operation.Deny !== undefined) return { kind: 'deny' };
  if (operation.Audit !== undefined) return readAudit(given(operation.Audit));
  const { MaskConfig, RedactConfig } = given(operation.Deidentify);
  if (RedactConfig !== undefined) return { kind: 'mask', by: () => '' };
  const { MaskWithCharacter: character } = given(MaskConfig);
  if (typeof character !== 'string' || !MASK.test(character)) throw bad('MaskWithCharacter must be one character');
  return { kind: 'mask', by: (match) => character.repeat(match.length) };
}

const RATE_MAX = 99;

function readAudit({ SampleRate, FindingsDestination, NoFindingsDestination }: Given): Operation {
  const rate = Number(SampleRate);
  if (!Number.isInteger(rate) || rate < 0 || rate > RATE_MAX)
    throw bad(`SampleRate must be an integer from 0 to ${RATE_MAX}`);
  if (FindingsDestination === undefined && NoFindingsDestination === undefined)
    throw bad('Audit must have FindingsDestination or NoFindingsDestination');
  return {
    kind: 'audit',
    rate,
    found: readDestination(FindingsDestination),
    notFound: readDestination(NoFindingsDestination),
  };
}

function readDestination(value: unknown): Destination {
  const { CloudWatchLogs, Firehose, S3 } = given(value);
  if (S3 !== undefined) throw notBuilt('findings of data protection in S3');
  const { LogGroup } = given(CloudWatchLogs);
  const { DeliveryStream } = given(Firehose);
  if (LogGroup !== undefined && !String(LogGroup).startsWith('/aws/vendedlogs/'))
    throw bad('LogGroup must begin with /aws/vendedlogs/');
  return {
    ...(LogGroup !== undefined && { logGroup: String(LogGroup) }),
    ...(DeliveryStream !== undefined && { deliveryStream: String(DeliveryStream) }),
  };
}

function statementsFor({ protection }: TopicRow, direction: Direction, principal: string): Statement[] {
  if (protection === undefined) return [];
  return readProtection(protection).filter(
    (one) => one.direction === direction && one.principals.some((name) => name === '*' || name === principal),
  );
}

const isIn = (text: string, { identifiers }: Statement) =>
  identifiers.some(({ form }) => matchesOf(text, form).length > 0);

/** A text after the statements that hold for it; undefined where one of them stops it. */
function guarded(text: string, statements: readonly Statement[]): string | undefined {
  if (statements.some((one) => one.operation.kind === 'deny' && isIn(text, one))) return undefined;
  return statements.reduce((so, { operation, identifiers }) => {
    if (operation.kind !== 'mask') return so;
    return identifiers.reduce((masked, { form }) => replaced(masked, form, operation.by), so);
  }, text);
}

/** A role's own ARN, of a session of it. */
function roleOf(arn: string): string {
  return arn.replace(/^(arn:[^:]+:)sts(::\d{12}:)assumed-role\/([^/]+)\/.*$/, '$1iam$2role/$3');
}

/**
 * The text that is taken of one that is published, and what is found in it.
 *
 * @throws {ServiceError} AuthorizationErrorException for what may not be published
 */
export function guardPublished(text: string, topic: TopicRow, ctx: Ctx): { text: string; findings: Finding[] } {
  if (topic.protection === undefined) return { text, findings: [] };
  const statements = statementsFor(topic, 'Inbound', roleOf(ctx.caller.principal.arn));
  const taken = guarded(text, statements);
  // Source: SNS Developer Guide, "De-identify operation": of a message that is sensitive from end to end, nothing remains.
  if (taken === undefined || (taken.trim() === '' && text.trim() !== '')) throw protectionDenied();
  const findings = statements.flatMap(({ operation, identifiers }) =>
    operation.kind === 'audit' && ctx.random.below(100) < operation.rate
      ? [findingOf(text, operation, identifiers)]
      : [],
  );
  return { text: taken, findings };
}

function findingOf(text: string, audit: Audit, identifiers: Statement['identifiers']): Finding {
  const dataIdentifiers = identifiers
    .map(({ name, form }) => ({ name, detections: matchesOf(text, form) }))
    .filter(({ detections }) => detections.length > 0)
    .map(({ name, detections }) => ({ name, count: detections.length, detections }));
  return { dataIdentifiers, destination: dataIdentifiers.length > 0 ? audit.found : audit.notFound };
}

/** The text that a subscriber gets; undefined where it may get none. @param principal who has subscribed */
export function guardDelivered(text: string, topic: TopicRow, principal: string): string | undefined {
  if (topic.protection === undefined) return text;
  return guarded(text, statementsFor(topic, 'Outbound', roleOf(principal)));
}
