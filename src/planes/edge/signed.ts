/** Signed URLs and signed cookies. Source: CloudFront Developer Guide, "Serve private content with signed URLs and signed cookies". */
import { createVerify } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import { KIB, type Millis, SECOND } from '#kernel/base';
import { normalPath } from './match.ts';
import { denied, type OwnReply } from './refusal.ts';
import { isMeant } from './signed-resource.ts';

/** Query strings that are the signature's, not the object's. */
const PARAMETERS = ['Expires', 'Policy', 'Signature', 'Key-Pair-Id', 'Hash-Algorithm'];
const POLICY_BYTES_MAX = 8 * KIB;

export type Signed = {
  /** `scheme://host/path` in each form in which the signer may have known it; the query comes after. */
  bases: readonly string[];
  path: string;
  query: string;
  cookie: string | undefined;
  sourceIp: string;
};

type Given = { policy?: string; expires?: string; signature?: string; keyId?: string; hash?: string };

/** The query without the signature: what is cached and what the origin gets. */
export function withoutSignature(query: string): string {
  if (query === '') return query;
  return query
    .split('&')
    .filter((pair) => !PARAMETERS.includes(pair.split('=', 1)[0] ?? ''))
    .join('&');
}

/**
 * Refuses a request that is not signed, or not well. A signature says when it ends and not when it was made: it is good while either clock says so, the
 * cloud's or the machine's, by which signers go; as S3's of version 2.
 * Deviation: what was signed by the machine's clock does not end earlier because the cloud's is turned.
 *
 * @param keys PEM by id
 * @param now  instants on those clocks
 */
export function refuseUnsigned(
  keys: { readonly [id: string]: string },
  asked: Signed,
  now: readonly Millis[],
): OwnReply | undefined {
  const inQuery = parametersOf(asked.query);
  const given = inQuery.keyId !== undefined || inQuery.signature !== undefined ? inQuery : cookiesOf(asked.cookie);
  if (given.keyId === undefined) return denied('MissingKey', 'Missing Key-Pair-Id query parameter or cookie value');
  const pem = Object.hasOwn(keys, given.keyId) ? keys[given.keyId] : undefined;
  if (pem === undefined) return denied('InvalidKey', 'Unknown Key');
  if (given.signature === undefined)
    return denied('MissingSignature', 'Missing Signature query parameter or cookie value');
  const signature = unsafe(given.signature);
  if (given.policy !== undefined) return refuseByPolicy(given.policy, pem, signature, given.hash, asked, now);
  if (given.expires === undefined)
    return denied('MissingPolicy', 'Missing Policy or Expires query parameter or cookie value');
  if (!/^\d{1,12}$/.test(given.expires)) return denied('MalformedPolicy', 'Malformed Policy');
  const query = withoutSignature(asked.query);
  const isSigned = asked.bases.some((base) => {
    const resource = `${base}${asked.path}${query === '' ? '' : `?${query}`}`;
    const canned = `{"Statement":[{"Resource":"${resource}","Condition":{"DateLessThan":{"AWS:EpochTime":${given.expires}}}}]}`;
    return isGood(canned, pem, signature, given.hash);
  });
  const until = Number(given.expires) * SECOND;
  return isSigned && now.some((one) => one < until) ? undefined : denied('AccessDenied', 'Access denied');
}

type Statement = {
  Resource?: unknown;
  Condition?: {
    DateLessThan?: { 'AWS:EpochTime'?: unknown };
    DateGreaterThan?: { 'AWS:EpochTime'?: unknown };
    IpAddress?: { 'AWS:SourceIp'?: unknown };
  };
};

function refuseByPolicy(
  encoded: string,
  pem: string,
  signature: Buffer,
  hash: string | undefined,
  asked: Signed,
  now: readonly Millis[],
): OwnReply | undefined {
  const bytes = unsafe(encoded);
  if (bytes.length > POLICY_BYTES_MAX) return denied('MalformedPolicy', 'Malformed Policy');
  const text = bytes.toString('utf8');
  if (!isGood(text, pem, signature, hash)) return denied('AccessDenied', 'Access denied');
  const statement = statementOf(text);
  const before = statement?.Condition?.DateLessThan?.['AWS:EpochTime'];
  if (statement === undefined || typeof before !== 'number') return denied('MalformedPolicy', 'Malformed Policy');
  const after = statement.Condition?.DateGreaterThan?.['AWS:EpochTime'];
  const from = statement.Condition?.IpAddress?.['AWS:SourceIp'];
  const isDuring = (one: Millis) =>
    one < before * SECOND && (after === undefined || (typeof after === 'number' && one > after * SECOND));
  const isIn =
    now.some(isDuring) &&
    (from === undefined || (typeof from === 'string' && isFrom(asked.sourceIp, from))) &&
    (statement.Resource === undefined || isResource(String(statement.Resource), asked));
  return isIn ? undefined : denied('AccessDenied', 'Access denied');
}

function statementOf(text: string): Statement | undefined {
  try {
    // `\\?` is written in policies as it stands, though JSON knows no such escape.
    const plain = text.replace(/\\([\\?])/g, (pair, char) => (char === '?' ? '\\\\?' : pair));
    const { Statement: given = [] } = JSON.parse(plain) as { Statement?: Statement | Statement[] };
    // One, in a list or by itself. Source: the guide's examples, which have both.
    const [statement, ...more] = [given].flat();
    return more.length === 0 && typeof statement === 'object' && statement !== null ? statement : undefined;
  } catch {
    return undefined;
  }
}

function isResource(resource: string, { bases, path, query }: Signed): boolean {
  const own = withoutSignature(query);
  // As sent, and as origins may read it: no dots lead out of a folder that was signed.
  const spellings = [path, normalPath(path)];
  return bases.some((base) => {
    const [protocol = '', domain = ''] = base.split('://');
    return spellings.every((one) => isMeant(resource, { protocol, domain, path: one, query: own }));
  });
}

function isFrom(ip: string, range: string): boolean {
  const [address = '', bits] = range.split('/');
  const family = isIP(address);
  const plain = ip.replace(/^::ffff:/, '');
  if (family === 0 || isIP(plain) !== family) return false;
  const list = new BlockList();
  const length = bits === undefined ? (family === 4 ? 32 : 128) : Number(bits);
  if (!Number.isInteger(length) || length < 0 || length > (family === 4 ? 32 : 128)) return false;
  list.addSubnet(address, length, family === 4 ? 'ipv4' : 'ipv6');
  return list.check(plain, family === 4 ? 'ipv4' : 'ipv6');
}

function isGood(text: string, pem: string, signature: Buffer, hash: string | undefined): boolean {
  if (hash !== undefined && hash !== 'SHA1' && hash !== 'SHA256') return false;
  try {
    return createVerify(hash ?? 'SHA1')
      .update(text)
      .verify(pem, signature);
  } catch {
    return false;
  }
}

/** Base 64 with `+`, `=` and `/` written as `-`, `_` and `~`. */
function unsafe(text: string): Buffer {
  return Buffer.from(text.replaceAll('-', '+').replaceAll('_', '=').replaceAll('~', '/'), 'base64');
}

function parametersOf(query: string): Given {
  const found = new Map<string, string>();
  for (const pair of query.split('&')) {
    const mark = pair.indexOf('=');
    const name = mark === -1 ? pair : pair.slice(0, mark);
    // Given twice, the first counts.
    if (PARAMETERS.includes(name) && !found.has(name)) found.set(name, mark === -1 ? '' : pair.slice(mark + 1));
  }
  return givenOf((name) => found.get(name));
}

function cookiesOf(header = ''): Given {
  const found = new Map<string, string>();
  for (const pair of header.split(';')) {
    const mark = pair.indexOf('=');
    const name = pair.slice(0, mark).trim();
    if (mark > 0 && !found.has(name)) found.set(name, pair.slice(mark + 1).trim());
  }
  return givenOf((name) => found.get(`CloudFront-${name}`));
}

function givenOf(get: (name: string) => string | undefined): Given {
  return {
    ...optional('policy', get('Policy')),
    ...optional('expires', get('Expires')),
    ...optional('signature', get('Signature')),
    ...optional('keyId', get('Key-Pair-Id')),
    ...optional('hash', get('Hash-Algorithm')),
  };
}

function optional(name: keyof Given, value: string | undefined): Given {
  return value === undefined ? {} : { [name]: value };
}
