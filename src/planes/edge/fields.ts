/**
 * Field-level encryption: values of forms that viewers send are encrypted before anything behind the edge sees them.
 * Source: CloudFront Developer Guide, "Use field-level encryption to help protect sensitive data"; "Standard log file fields", fle-status.
 */
import { collect, isLike, MIB } from '#kernel/base';
import type { EdgeEncryption, EdgeField, EdgeRecord } from '#kernel/contract';
import { envelope, VALUE_BYTES_MAX } from './envelope.ts';
import { badRequest, type OwnReply } from './refusal.ts';
import type { Transit } from './transit.ts';

/** Of requests with bodies, those that are looked at. */
const METHODS = new Set(['POST', 'PUT']);
/** Names in the query a profile other than that of the content type. */
const ARGUMENT = 'fle-profile';
const BODY_BYTES_MAX = MIB;
/** In a body. */
const FIELDS_MAX = 10;

type Status = NonNullable<EdgeRecord['encryption']>['status'];

class Refused extends Error {
  readonly status: Status;
  constructor(status: Status) {
    super(status);
    this.status = status;
  }
}

/** Encrypts what is to be, in the transit's body. @returns the refusal of a request that can't be treated so */
export async function encryptFields(t: Transit): Promise<OwnReply | undefined> {
  const { encryption } = t.behavior.spec;
  if (encryption === undefined || !METHODS.has(t.method)) return undefined;
  try {
    const rules = rulesFor(t, encryption);
    if (typeof rules === 'string') {
      t.encryption = { status: rules, fields: 0 };
      return undefined;
    }
    const given = t.body ?? t.request.body;
    const tooLong = () => new Refused('RequestLengthLimitClientError');
    const body = given instanceof Uint8Array ? given : await collect(given, BODY_BYTES_MAX, tooLong);
    if (body.length > BODY_BYTES_MAX) throw tooLong();
    const { text, fields } = encrypted(Buffer.from(body).toString('latin1'), rules, t);
    t.body = Buffer.from(text, 'latin1');
    t.encryption = { status: 'Processed', fields };
    return undefined;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    t.encryption = { status: error.status, fields: 0 };
    return badRequest(t.id);
  }
}

/** Which fields are encrypted and for whom; the reason where none are. */
function rulesFor({ headers, query }: Transit, encryption: EdgeEncryption): readonly EdgeField[] | Status {
  const { types, profiles, queryProfiles, forwardUnknownType, forwardUnknownArgument } = encryption;
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type !== '' && !/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(type)) throw new Refused('MalformedContentTypeClientError');
  const own = types[type];
  if (own === undefined) {
    if (!forwardUnknownType) throw new Refused('RejectedByContentType');
    return 'ForwardedByContentType';
  }
  const asked = argumentOf(query);
  if (asked === '') throw new Refused('MalformedQueryArgsClientError');
  const named = asked !== undefined && Object.hasOwn(queryProfiles, asked) ? queryProfiles[asked] : undefined;
  if (asked !== undefined && named === undefined) {
    if (!forwardUnknownArgument) throw new Refused('RejectedByQueryArgs');
    return 'ForwardedByQueryArgs';
  }
  return profiles[named ?? own] ?? 'ForwardedDueToNoProfile';
}

function argumentOf(query: string): string | undefined {
  for (const pair of query.split('&')) {
    const [name, value = ''] = pair.split('=', 2);
    if (name === ARGUMENT) return Buffer.from(unescaped(value, 'MalformedQueryArgsClientError')).toString('utf8');
  }
  return undefined;
}

/** Bytes of what a form has escaped. */
function unescaped(text: string, fault: Status): Uint8Array {
  if (/%(?![0-9a-f]{2})/i.test(text)) throw new Refused(fault);
  const plain = text
    .replaceAll('+', ' ')
    .replace(/%([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return Buffer.from(plain, 'latin1');
}

function encrypted(body: string, rules: readonly EdgeField[], { services }: Transit): { text: string; fields: number } {
  const pairs = body === '' ? [] : body.split('&');
  if (pairs.length > FIELDS_MAX) throw new Refused('FieldNumberLimitClientError');
  let fields = 0;
  const made = pairs.map((pair) => {
    const mark = pair.indexOf('=');
    if (mark < 1) throw new Refused('MalformedInputClientError');
    const written = pair.slice(0, mark);
    const name = Buffer.from(unescaped(written, 'MalformedInputClientError')).toString('utf8');
    const value = unescaped(pair.slice(mark + 1), 'MalformedInputClientError');
    const rule = rules.find(({ patterns }) => patterns.some((pattern) => isLike(pattern, name)));
    if (rule === undefined) return pair;
    if (value.length > VALUE_BYTES_MAX) throw new Refused('FieldLengthLimitClientError');
    fields += 1;
    const message = envelope(value, rule, (bytes) => services.bytes(bytes));
    return `${written}=${encodeURIComponent(message.toString('base64'))}`;
  });
  return { text: made.join('&'), fields };
}
