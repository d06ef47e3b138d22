/**
 * Who a request says it is from: the claim that a Signature Version 4 makes, in a header or a presigned URL.
 *
 * @see IAM User Guide, "Create a signed AWS API request"; Amazon S3 API Reference, "Authenticating Requests (AWS Signature Version 4)"
 */
import { MINUTE, type Millis, SECOND, safeDecode } from '#kernel/base';

/** Distance between the client's clock and ours at which a signature is refused. Source: S3 error RequestTimeTooSkewed, "15 minutes". */
export const CLOCK_SKEW_MAX: Millis = 15 * MINUTE;
/** Source: S3 API Reference, "Authenticating Requests: Using Query Parameters", X-Amz-Expires: 1 to 604800 seconds. */
export const PRESIGNED_SECONDS_MAX = 604_800;

export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';
const ALGORITHM = 'AWS4-HMAC-SHA256';

export type Scope = { date: string; region: string; service: string };

/** What a request says about who signed it. */
export type Claim = {
  /** `v4a` is asymmetric and covers a set of Regions; it has no Region in its scope. */
  algorithm: 'v4' | 'v4a';
  from: 'header' | 'query';
  accessKeyId: string;
  scope: Scope;
  signedHeaders: string[];
  signature: string;
  token: string | undefined;
  /** When it was signed, as written: `20260101T000000Z`. */
  timestamp: string;
  /** Life of a presigned URL. */
  expiresSeconds: number | undefined;
};

export type SignedRequest = { method: string; path: string; query: string; headers: Readonly<Record<string, string>> };

/** Why a request's credentials can't be read. */
export type ClaimFault = {
  fault: 'incomplete' | 'malformed';
  detail: string;
  /** Parameters of the query that are not there. */
  missing?: readonly string[];
};

const IN_QUERY = /(?:^|&)X-Amz-Algorithm(?:=|&|$)/;

/** Whether the query makes a claim, whatever the headers do. */
export function claimsInQuery(query: string): boolean {
  return query !== '' && IN_QUERY.test(query);
}

/** The claim of a request; undefined when it carries none (anonymous). */
export function readClaim(request: SignedRequest): Claim | ClaimFault | undefined {
  const header = request.headers.authorization;
  if (header !== undefined) return claimOfHeader(header, request.headers);
  if (claimsInQuery(request.query)) return claimOfQuery(request.query);
  return undefined;
}

function claimOfHeader(header: string, headers: Readonly<Record<string, string>>): Claim | ClaimFault | undefined {
  const space = header.indexOf(' ');
  const algorithm = algorithmOf(space === -1 ? header : header.slice(0, space));
  if (algorithm === undefined && !header.startsWith('AWS4-'))
    return header.startsWith('AWS ') || header.startsWith('Bearer ')
      ? { fault: 'malformed', detail: `Unsupported authorization type: ${header.split(' ')[0]}` }
      : undefined;
  const named = fieldOf(header, 'Credential=');
  const signature = fieldOf(header, 'Signature=');
  const signedHeaders = fieldOf(header, 'SignedHeaders=');
  const timestamp = headers['x-amz-date'] ?? dateHeader(headers.date);
  if (algorithm === undefined || named === '' || signature === '' || signedHeaders === '' || timestamp === undefined) {
    const missing = ['Credential', 'Signature', 'SignedHeaders'].filter((name) => fieldOf(header, `${name}=`) === '');
    const texts = missing.map((name) => `Authorization header requires '${name}' parameter.`);
    if (headers['x-amz-date'] === undefined && (headers.date === undefined || missing.length === 0))
      texts.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
    const shown = algorithm === undefined ? header : ALGORITHM;
    return { fault: 'incomplete', detail: `${texts.join(' ')} Authorization=${shown}` };
  }
  const credential = credentialOf(named, algorithm);
  if (credential === undefined)
    return {
      fault: 'incomplete',
      detail: `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${named}'`,
    };
  return {
    algorithm,
    from: 'header',
    ...credential,
    signedHeaders: signedHeaders.split(';'),
    signature,
    token: tokenOf(credential.scope, headers[EXPRESS_TOKEN], headers['x-amz-security-token']),
    timestamp,
    expiresSeconds: undefined,
  };
}

const EXPRESS_TOKEN = 'x-amz-s3session-token';

/** Sessions of S3's directory buckets have a token by another name. Source: S3 API Reference, CreateSession. */
function tokenOf({ service }: Scope, express: string | undefined, usual: string | undefined): string | undefined {
  return service === 's3express' ? (express ?? usual) : usual;
}

/** What follows `name` in an Authorization header up to the next comma or space; empty when it isn't there. */
function fieldOf(header: string, name: string): string {
  const at = header.indexOf(name);
  if (at === -1) return '';
  const from = at + name.length;
  const comma = header.indexOf(',', from);
  const field = header.slice(from, comma === -1 ? header.length : comma).trimStart();
  const space = field.indexOf(' ');
  return space === -1 ? field : field.slice(0, space);
}

/** Source: answers of S3 in github.com/catalyst/moodle-tool_objectfs/issues/270, minio/minio-js/issues/1312: what else is said of X-Amz-Expires. */
const PARAMETERS =
  'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.';

function claimOfQuery(query: string): Claim | ClaimFault | undefined {
  const fields = new Map<string, string>();
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    if (pair.startsWith('X-Amz-') && equals > 0) fields.set(pair.slice(0, equals), safeDecode(pair.slice(equals + 1)));
  }
  const algorithm = algorithmOf(fields.get('X-Amz-Algorithm') ?? '');
  const required = ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Signature', 'X-Amz-SignedHeaders', 'X-Amz-Date'];
  const missing = required.filter((name) => !fields.get(name));
  if (algorithm === undefined || missing.length > 0) {
    return { fault: 'malformed', missing, detail: PARAMETERS };
  }
  const credential = credentialOf(fields.get('X-Amz-Credential') as string, algorithm);
  if (credential === undefined || !/^\d{8}$/.test(credential.scope.date))
    return {
      fault: 'malformed',
      detail:
        'Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    };
  const expires = fields.get('X-Amz-Expires');
  if (expires === undefined && credential.scope.service === 's3') return { fault: 'malformed', detail: PARAMETERS };
  if (expires !== undefined && !/^-?\d+$/.test(expires))
    return { fault: 'malformed', detail: 'X-Amz-Expires should be a number' };
  if (expires?.startsWith('-') === true) return { fault: 'malformed', detail: 'X-Amz-Expires must be non-negative' };
  return {
    algorithm,
    from: 'query',
    ...credential,
    signedHeaders: (fields.get('X-Amz-SignedHeaders') as string).split(';'),
    signature: fields.get('X-Amz-Signature') as string,
    token: tokenOf(credential.scope, fields.get('X-Amz-S3session-Token'), fields.get('X-Amz-Security-Token')),
    timestamp: fields.get('X-Amz-Date') as string,
    expiresSeconds: expires === undefined ? undefined : Number(expires),
  };
}

function algorithmOf(text: string): 'v4' | 'v4a' | undefined {
  return text === ALGORITHM ? 'v4' : text === 'AWS4-ECDSA-P256-SHA256' ? 'v4a' : undefined;
}

function credentialOf(text: string, algorithm: 'v4' | 'v4a'): { accessKeyId: string; scope: Scope } | undefined {
  const parts = text.split('/');
  if (algorithm === 'v4a') parts.splice(2, 0, '*');
  if (parts.length !== 5 || parts[4] !== 'aws4_request') return undefined;
  const [accessKeyId = '', date = '', region = '', service = ''] = parts;
  return accessKeyId === '' ? undefined : { accessKeyId, scope: { date, region, service } };
}

/** An RFC 822 Date header in the form of X-Amz-Date. */
function dateHeader(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : formatTimestamp(at);
}

/** `20260101T000000Z`. */
export function formatTimestamp(at: Millis): string {
  return new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

const TIMESTAMP = /^\d{8}T\d{6}Z$/;
/** The last instant that was read: most requests of a second carry the same. */
let lastRead = { text: '', at: Number.NaN };

/** When a claim was signed; NaN where its timestamp is none. */
export function signedAt({ timestamp: text }: Pick<Claim, 'timestamp'>): Millis {
  if (text !== lastRead.text) lastRead = { text, at: readTimestamp(text) };
  return lastRead.at;
}

function readTimestamp(text: string): Millis {
  if (!TIMESTAMP.test(text)) return Number.NaN;
  const number = (from: number, to: number) => Number(text.slice(from, to));
  return Date.UTC(number(0, 4), number(4, 6) - 1, number(6, 8), number(9, 11), number(11, 13), number(13, 15));
}

/** When a presigned URL stops working; undefined for a signature in a header. */
export function presignedUntil(claim: Claim): Millis | undefined {
  return claim.from === 'query'
    ? signedAt(claim) + (claim.expiresSeconds ?? PRESIGNED_SECONDS_MAX) * SECOND
    : undefined;
}
