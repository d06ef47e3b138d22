/** What the fuzzer does to a request. Everything follows from the generator it is given: same seed, same bytes. */
import type { Random } from '../roundtrip/random.ts';
import type { Request } from './seeds.ts';

type Change = (request: Request, random: Random) => Partial<Request>;

const DEPTH = 100_000;
const HUGE_BYTES = 1 << 20;
/** Bytes that are no UTF-8: cut, overlong, a surrogate, past the end. */
const NO_UTF8 = [[0xff], [0xc0, 0xaf], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0x80]].map((one) =>
  Buffer.from(one),
);
const ODD_VALUES = [
  ...[
    'null',
    'true',
    '[]',
    '{}',
    '""',
    '-1',
    '1e400',
    '-1e400',
    '1.5',
    '9223372036854775808',
    '1e-400',
    '-0',
    'NaN',
    '"NaN"',
  ],
  ...[
    '[[]]',
    '[null]',
    '{"__proto__":{"a":1}}',
    '{"constructor":{"prototype":{}}}',
    '"\\ud800"',
    '"\\u0000"',
    '{"":""}',
    '01',
    '.5',
    'undefined',
  ],
];
const ODD_TEXTS = [
  '',
  ' ',
  '-1',
  '0',
  '99999999999999999999',
  '1e9',
  'null',
  'true',
  '%',
  '%zz',
  '%ff%fe',
  '%00',
  '../../etc/passwd',
  '..%2f..%2f',
  '\u2028',
  'a'.repeat(5_000),
  '$' + '{jndi}',
  '*',
  '&amp;',
  '<a>',
  '{"a":',
  '__proto__',
  'constructor',
  'toString',
];
const TYPES = [
  'application/json',
  'application/x-amz-json-1.1',
  'application/xml',
  'text/plain',
  'application/cbor',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/vnd.amazon.eventstream',
  '',
  ';;;',
  'application/json; charset=utf-16',
];

const splice = (body: Buffer, at: number, remove: number, put: Buffer) =>
  Buffer.concat([body.subarray(0, at), put, body.subarray(at + remove)]);
const anywhere = (body: Buffer, random: Random) => random.between(0, body.length);

/** On any bytes. */
const BYTES: readonly Change[] = [
  ({ body }, random) => {
    const flipped = Buffer.from(body);
    for (let left = random.between(1, 8); left > 0 && flipped.length > 0; left -= 1) {
      const at = random.between(0, flipped.length - 1);
      flipped[at] = (flipped[at] as number) ^ (1 << random.between(0, 7));
    }
    return { body: flipped };
  },
  ({ body }, random) => ({ body: body.subarray(0, anywhere(body, random)) }),
  ({ body }, random) => ({ body: splice(body, anywhere(body, random), 0, random.pick(NO_UTF8)) }),
  ({ body }, random) => ({ body: splice(body, anywhere(body, random), random.between(0, 20), Buffer.alloc(0)) }),
  ({ body }, random) => {
    const from = anywhere(body, random);
    return { body: splice(body, anywhere(body, random), 0, body.subarray(from, from + random.between(1, 60))) };
  },
  ({ body }, random) => ({ body: splice(body, anywhere(body, random), 0, Buffer.from(random.pick(ODD_TEXTS))) }),
  ({ body }, random) => ({
    body: splice(body, anywhere(body, random), 0, Buffer.alloc(HUGE_BYTES, random.pick(['a', ' ', '\0', '1', '"']))),
  }),
  () => ({ body: Buffer.alloc(0) }),
];

/** A value of the body replaced by another one: the `n`th text between quotes after a colon, number or literal. */
const JSON_BODY: readonly Change[] = [
  (request, random) =>
    replaceMatch(request, random, /(?<=[:[,])(?:"(?:[^"\\]|\\.)*"|-?\d[\d.]*|true|false|null)/g, () =>
      random.pick(ODD_VALUES),
    ),
  (request, random) => replaceMatch(request, random, /"[^"]*":/g, (key) => `${key}${random.pick(ODD_VALUES)},${key}`),
  (request, random) => replaceMatch(request, random, /"[^"]*"(?=:)/g, () => JSON.stringify(random.pick(ODD_TEXTS))),
  (request, random) =>
    replaceMatch(request, random, /(?<=:)(?:"[^"]*"|\d+)/g, () =>
      random.chance(0.5) ? '['.repeat(DEPTH) : `${'{"a":'.repeat(DEPTH)}1${'}'.repeat(DEPTH)}`,
    ),
];

const ENTITIES = Array.from({ length: 9 }, (_, index) => `<!ENTITY l${index + 1} "${`&l${index};`.repeat(10)}">`).join(
  '',
);
const XML_BODY: readonly Change[] = [
  (request, random) =>
    replaceMatch(request, random, /(?<=>)[^<]*(?=<\/)/g, () =>
      random.pick([
        '',
        '-1',
        'NaN',
        '&l9;',
        '&#0;',
        '&#x110000;',
        '&bogus;',
        '<![CDATA[x]]>',
        '<![CDATA[',
        '<!--',
        '<x/>',
        ']]>',
      ]),
    ),
  (request, random) =>
    replaceMatch(request, random, /<\w{1,60}>/g, (tag) =>
      random.pick([
        tag.repeat(DEPTH),
        tag.repeat(DEPTH) + tag.replace('<', '</').repeat(DEPTH),
        `${tag}${tag}`,
        tag.replace('>', '/>'),
        tag.replace('>', ' a="1" a=\'2\'>'),
        tag.replace('<', '<x:'),
        '',
      ]),
    ),
  ({ body }) => ({
    body: Buffer.concat([
      Buffer.from(`<!DOCTYPE a [<!ENTITY l0 "ha">${ENTITIES}]>`),
      Buffer.from(body.toString('latin1').replace(/(?<=>)[^<]+(?=<)/, '&l9;'), 'latin1'),
    ]),
  }),
  ({ body }) => ({
    body: Buffer.concat([Buffer.from('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'), body]),
  }),
  ({ body }) => ({
    body: Buffer.from(
      body
        .toString('latin1')
        .replace(/>/, ` ${Array.from({ length: 20_000 }, (_, index) => `a${index}="1"`).join(' ')}>`),
      'latin1',
    ),
  }),
];

const CBOR_PIECES = [
  Buffer.alloc(DEPTH, 0x81),
  Buffer.alloc(DEPTH, 0x9f),
  Buffer.alloc(DEPTH, 0xc1),
  Buffer.concat(Array.from({ length: 5_000 }, () => Buffer.from([0xa1, 0x61, 0x61]))),
  ...[
    '5bffffffffffffffff',
    '7b7fffffffffffffff',
    '9bffffffffffffffff',
    'bb00000000ffffffff',
    '5a7fffffff',
    '5f',
    '7f61',
    '9f',
    'bf',
    'ff',
    'f8',
    'f97e00',
    'fb7ff0000000000000',
    'c2581800',
    'c48200',
    '1bffffffffffffffff',
    '3bffffffffffffffff',
    'c1fb7ff8000000000000',
    'a1f6f6',
    'a10101',
    '1c',
    'dfff',
  ].map((hex) => Buffer.from(hex, 'hex')),
];
const CBOR_BODY: readonly Change[] = [
  ({ body }, random) => ({
    body: splice(body, anywhere(body, random), random.between(0, 9), random.pick(CBOR_PIECES)),
  }),
  (_, random) => ({ body: random.pick(CBOR_PIECES) }),
];

const FORM_BODY: readonly Change[] = [
  (request, random) => replaceMatch(request, random, /(?<==)[^&]*/g, () => random.pick(ODD_TEXTS)),
  (request, random) =>
    replaceMatch(request, random, /\.\d+(?=[.=])/g, () =>
      random.pick(['.0', '.-1', '.99999999999', '.1e3', '.', '..', '.a', '.1.1', `${'.1'.repeat(DEPTH)}`]),
    ),
  (request, random) =>
    replaceMatch(request, random, /(^|&)[^=&]+/g, (name) =>
      random.pick([`${name}=x${name}`, `${name}.member.1`, name.replaceAll('.', '%2E'), '&', '&=', '&__proto__.1']),
    ),
  ({ body }) => ({
    body: Buffer.concat([body, Buffer.from(Array.from({ length: 30_000 }, (_, index) => `&a.${index}=1`).join(''))]),
  }),
];

function replaceMatch(
  { body }: Request,
  random: Random,
  pattern: RegExp,
  put: (found: string) => string,
): Partial<Request> {
  const text = body.toString('latin1');
  const all = [...text.matchAll(pattern)];
  if (all.length === 0) return {};
  const match = random.pick(all);
  const [found] = match;
  return {
    body: Buffer.from(text.slice(0, match.index) + put(found) + text.slice(match.index + found.length), 'latin1'),
  };
}

const OWN: { readonly [protocol in Request['protocol']]: readonly Change[] } = {
  json: JSON_BODY,
  'json-cbor': CBOR_BODY,
  'rest-json': JSON_BODY,
  query: FORM_BODY,
  ec2: FORM_BODY,
  'rest-xml': XML_BODY,
  cbor: CBOR_BODY,
};

const OPENING_BRACE = 0x7b;

/** Changes the body one to three times. */
export function mutateBody(request: Request, random: Random): Request {
  // S3's policies are JSON, whatever its protocol.
  const own = request.body[0] === OPENING_BRACE ? JSON_BODY : OWN[request.protocol];
  let changed = request;
  for (let left = random.between(1, 3); left > 0; left -= 1)
    changed = { ...changed, ...random.pick(random.chance(0.6) ? own : BYTES)(changed, random) };
  return changed;
}

const PATHS = [
  '/..',
  '/../../etc/passwd',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/..%2f..%2fetc',
  '/%c0%ae%c0%ae/',
  '/%00',
  '/%',
  '/%zz',
  '/%ff',
  '//',
  '///a',
  '/.',
  '/a/./b',
  '/a//b',
  '/;',
  '/\\..\\..',
  `/${'a/'.repeat(5_000)}`,
  `/${'%41'.repeat(5_000)}`,
  '*',
];
const QUERIES = [
  '?',
  '?&&&',
  '?=',
  '?a=%zz',
  '?%ff=1',
  '?versionId=../x',
  '?uploads&uploads',
  '?max-keys=-1',
  '?max-keys=1e9',
  '?max-keys=99999999999999999999',
  '?partNumber=0&uploadId=..',
  '?Action=',
  '?Action=Nothing&Version=1',
  '?list-type=3',
  '?continuation-token=%00',
  '?X-Amz-Algorithm=AWS4-HMAC-SHA256',
  `?a=${'b'.repeat(20_000)}`,
  '?__proto__=1',
  '?acl&policy&cors&tagging',
];

/** Changes what leads to the operation, or the headers that bind to its members. */
const HEAD: readonly Change[] = [
  ({ headers }, random) => ({ headers: { ...headers, 'content-type': random.pick(TYPES) } }),
  ({ headers }, random) => ({ headers: { ...headers, accept: random.pick(TYPES) } }),
  ({ headers }, random) => ({
    headers: {
      ...headers,
      'x-amz-target': random.pick([
        '',
        '.',
        'Nobody.Nothing',
        'AmazonSQS.',
        'AmazonSQS.__proto__',
        'AmazonSQS.constructor',
        'DynamoDB_20120810.toString',
        'sqs.SendMessage.SendMessage',
        'a'.repeat(10_000),
      ]),
    },
  }),
  ({ headers }, random) => {
    const name = random.pick(Object.keys(headers).filter((one) => one !== 'host'));
    return { headers: { ...headers, [name]: random.pick(ODD_TEXTS).replace(/[^\x20-\x7e]/g, '?') } };
  },
  ({ headers }, random) => {
    const name = random.pick(Object.keys(headers).filter((one) => one !== 'host'));
    const { [name]: _, ...rest } = headers;
    return { headers: rest };
  },
  ({ headers }, random) => {
    const name = random.pick([
      'range',
      'content-encoding',
      'content-md5',
      'x-amz-content-sha256',
      'x-amz-decoded-content-length',
      'x-amz-copy-source',
      'x-amz-copy-source-range',
      'x-amz-checksum-crc32',
      'x-amz-trailer',
      'x-amz-acl',
      'x-amz-tagging',
      'if-modified-since',
      'if-match',
      'x-amz-object-lock-retain-until-date',
      'x-amz-security-token',
      'smithy-protocol',
      'origin',
      'x-amz-meta-',
      'x-amz-expected-bucket-owner',
      'host',
    ]);
    const value = random.pick([
      ...ODD_TEXTS.map((text) => text.replace(/[^\x20-\x7e]/g, '?')),
      'bytes=-1',
      'bytes=9-1',
      'bytes=99999999999999999999-',
      'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      'aws-chunked',
      'gzip',
      '/photos-2026/..',
      'rpc-v2-cbor',
      '-5',
      'Thu, 99 Foo 2026 00:00:00 GMT',
      'a.b.c.s3.localhost',
      '[::1]',
    ]);
    return { headers: { ...headers, [name]: value } };
  },
  (_, random) => ({ target: random.pick(PATHS) }),
  ({ target }, random) => ({ target: target + random.pick(PATHS) }),
  ({ target }, random) => ({ target: target.split('?')[0] + random.pick(QUERIES) }),
  ({ target }, random) => ({
    target: target.replace(/[^/]+$/, () => encodeURIComponent(random.pick(ODD_TEXTS)) || 'x'),
  }),
  (_, random) => ({ method: random.pick(['GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH']) }),
];

/** Changes everything around the body, and sometimes the body too. */
export function mutateHead(request: Request, random: Random): Request {
  let changed = request;
  for (let left = random.between(1, 3); left > 0; left -= 1)
    changed = { ...changed, ...random.pick(HEAD)(changed, random) };
  return random.chance(0.2) ? mutateBody(changed, random) : changed;
}
