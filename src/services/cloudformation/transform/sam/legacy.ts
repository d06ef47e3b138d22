/**
 * Documents of APIs as the texts of which SAM takes the hash: as Python 2.7 wrote them, so that deployments keep the names they had under it.
 *
 * Its maps have the order of their hash tables, and its texts from a template are `u'…'`, those of SAM itself `'…'`.
 * Deviation: where a template has a text of its own that SAM writes, too, its hash may be another than AWS's; it is the same each time.
 */
import type { Json } from '../../domain/parse.ts';
import { isMap } from './values.ts';

const TABLE_MIN = 8;
const KEPT_MAX = 100;
const hashes = new Map<string, bigint>();

/** The hash of a text in Python 2.7, in 64 bits. */
function hashOfText(text: string): bigint {
  const known = hashes.get(text);
  if (known !== undefined) return known;
  const points = [...text].map((letter) => BigInt(letter.codePointAt(0) ?? 0));
  let hash = (points[0] ?? 0n) << 7n;
  for (const point of points) hash = BigInt.asUintN(64, 1000003n * hash) ^ point;
  hash = BigInt.asUintN(64, hash ^ BigInt(points.length));
  // Documents share most of their keys; a process must not keep those of all that it has seen, nor long ones.
  if (hashes.size > 10_000) hashes.clear();
  if (text.length <= KEPT_MAX) hashes.set(text, hash);
  return hash;
}

/** A hash table with open addressing, which grows fourfold when two thirds of it are taken. */
function tableOf(keys: readonly string[]): string[] {
  let slots: (string | undefined)[] = Array(TABLE_MIN).fill(undefined);
  let size = 0;
  const add = (key: string) => {
    const mask = BigInt(slots.length - 1);
    const hash = hashOfText(key);
    let walker = hash & mask;
    let perturb = hash;
    let at = Number(walker);
    while (slots[at] !== undefined && slots[at] !== key) {
      walker = walker * 5n + perturb + 1n;
      at = Number(walker & mask);
      perturb >>= 5n;
    }
    if (slots[at] === undefined) size += 1;
    slots[at] = key;
  };
  for (const key of keys) {
    add(key);
    if (size * 3 < slots.length * 2) continue;
    const before = slots;
    let room = TABLE_MIN;
    while (room <= size * 4) room *= 2;
    slots = Array(room).fill(undefined);
    size = 0;
    for (const one of before) if (one !== undefined) add(one);
  }
  return slots.filter((one) => one !== undefined);
}

/**
 * Keys in the order in which SAM goes through them.
 *
 * @param copies how often they were put into another table: each time those that collide change places
 */
export function legacyOrder(keys: readonly string[], copies = 0): string[] {
  const once = tableOf(keys);
  return copies % 2 === 0 ? once : tableOf(once);
}

/** Texts that SAM writes into documents of its own. */
const OWN = new Set(
  `swagger openapi info version title paths 2.0 1.0 type aws_proxy httpMethod POST uri responses security api_key api_key_false
  x-amazon-apigateway-integration x-amazon-apigateway-any-method x-amazon-apigateway-authtype x-amazon-apigateway-authorizer
  x-amazon-apigateway-request-validator x-amazon-apigateway-request-validators x-amazon-apigateway-policy
  x-amazon-apigateway-gateway-responses x-amazon-apigateway-binary-media-types x-amazon-apigateway-endpoint-configuration
  x-api-key apiKey name in header Authorization cognito_user_pools custom awsSigv4 providerARNs authorizerUri authorizerResultTtlInSeconds
  authorizerCredentials identitySource identityValidationExpression token request Unused credentials options summary consumes produces
  application/json mock requestTemplates default statusCode 200 400 responseParameters responseTemplates description headers string integer
  parameters body query path required schema $ref requestBody content definitions components schemas securityDefinitions securitySchemes
  validateRequestBody validateRequestParameters body-and-params body-only params-only no-validation cacheKeyParameters timeoutInMillis
  disableExecuteApiEndpoint servers Version 2012-10-17 Statement Effect Allow Deny Action execute-api:Invoke Resource Principal AWS * Condition
  IpAddress NotIpAddress StringEquals StringNotEquals aws:SourceIp aws:SourceVpc aws:SourceVpce __Stage__ __FunctionArn__ aws OK
  AWS::NoValue AWS::StackName Fn::If responseTransferMode STREAM 'true'
  Access-Control-Allow-Origin Access-Control-Allow-Headers Access-Control-Allow-Methods Access-Control-Max-Age Access-Control-Allow-Credentials
  method.response.header.Access-Control-Allow-Origin method.response.header.Access-Control-Allow-Headers
  method.response.header.Access-Control-Allow-Methods method.response.header.Access-Control-Max-Age
  method.response.header.Access-Control-Allow-Credentials`.split(/\s+/),
)
  .add('CORS support')
  .add('Default response for CORS method')
  .add('Bad Request')
  .add('{}\n')
  .add('{\n  "statusCode" : 200\n}\n');

/** The same, map by map. */
export function inLegacyOrder(value: Json): Json {
  if (Array.isArray(value)) return value.map(inLegacyOrder);
  if (!isMap(value)) return value;
  return Object.fromEntries(legacyOrder(Object.keys(value)).map((key) => [key, inLegacyOrder(value[key] ?? null)]));
}

/** Whose texts they are. */
type Author = 'template' | 'sam';

/**
 * The text of a document.
 *
 * @param author who wrote it, but for what SAM adds
 */
export function legacyText(value: Json, author: Author): string {
  if (typeof value === 'string') return written(value, author);
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return `[${value.map((item) => legacyText(item, author)).join(', ')}]`;
  // What SAM writes it copies once, when it is done.
  const members = legacyOrder(Object.keys(value), author === 'sam' ? 1 : 0).map((key) => {
    const member = value[key] ?? null;
    const by = authorOf(key, member, author);
    return `${quoted(key, isOwnKey(key, member, by))}: ${legacyText(member, by)}`;
  });
  return `{${members.join(', ')}}`;
}

/** What SAM adds to a document of somebody else's, and what it takes over into its own. */
function authorOf(key: string, member: Json, author: Author): Author {
  if (key === 'options' && isMap(member) && member.summary === 'CORS support') return 'sam';
  if (key === 'x-amazon-apigateway-policy') return 'sam';
  if (key === 'definitions' || key === 'schemas') return 'template';
  return author;
}

function isOwnKey(key: string, member: Json, author: Author): boolean {
  if (key === 'definitions' || key === 'schemas') return true;
  if (author === 'template') return false;
  if (key === 'Ref') return member === 'AWS::StackName' || member === 'AWS::NoValue';
  if (key === 'Fn::Sub') return isOwnText(Array.isArray(member) ? (member[0] ?? null) : member);
  return OWN.has(key);
}

const isOwnText = (text: Json): boolean =>
  typeof text === 'string' && /^(arn:aws[a-z-]*:apigateway:|execute-api:\/)/.test(text);

function written(text: string, author: Author): string {
  const isUri = /^arn:[^:]+:apigateway:/.test(text) && !/\.Arn\}\//.test(text);
  const isCaller = /^arn:[^:]+:iam::\*:user\/\*$/.test(text);
  const isOwn = OWN.has(text) || isUri || isCaller || /^'[A-Z,]+'$/.test(text) || text.startsWith('#/');
  return quoted(text, author === 'sam' && isOwn);
}

function quoted(text: string, isOwn: boolean): string {
  const escaped = isOwn
    ? text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')
    : inAscii(text);
  const quote = escaped.includes("'") && !escaped.includes('"') ? '"' : "'";
  const body = quote === "'" ? escaped.replaceAll("'", "\\'") : escaped;
  return `${isOwn ? '' : 'u'}${quote}${body}${quote}`;
}

function inAscii(text: string): string {
  return [...text]
    .map((letter) => {
      const point = letter.codePointAt(0) ?? 0;
      if (letter === '\\') return '\\\\';
      if (letter === '\n') return '\\n';
      if (letter === '\r') return '\\r';
      if (letter === '\t') return '\\t';
      if (point >= 0x20 && point < 0x7f) return letter;
      if (point < 0x100) return `\\x${point.toString(16).padStart(2, '0')}`;
      return point < 0x10000
        ? `\\u${point.toString(16).padStart(4, '0')}`
        : `\\U${point.toString(16).padStart(8, '0')}`;
    })
    .join('');
}
