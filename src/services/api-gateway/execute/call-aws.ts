/** Services of AWS that APIs call: requests as their clients would send them, in the name of a role's session. Source: API Gateway Developer Guide, "Set up an integration request". */
import { collect, type Millis } from '#kernel/base';
import { type Ctx, FetchError, type Fetched, type VisitReply } from '#kernel/contract';
import { PAYLOAD_BYTES_MAX, withoutHops } from './call-http.ts';
import { CALLER, SESSION } from './call-lambda.ts';
import { within } from './deadline.ts';

/** `arn:aws:apigateway:us-east-1:[host.]sqs:path/123456789012/jobs`. */
const URI = /^arn:[\w-]+:apigateway:([\w-]*):(?:([\w-]+)\.)?([\w-]+):(path|action)\/(.*)$/s;

/** Prefixes of `x-amz-target`, and the version of JSON. Source: each service's API Reference, "Making requests". */
const TARGETS: { readonly [service: string]: readonly [prefix: string, version: string] } = {
  'cognito-idp': ['AWSCognitoIdentityProviderService', '1.1'],
  dynamodb: ['DynamoDB_20120810', '1.0'],
  events: ['AWSEvents', '1.1'],
  firehose: ['Firehose_20150804', '1.1'],
  kinesis: ['Kinesis_20131202', '1.1'],
  kms: ['TrentService', '1.1'],
  logs: ['Logs_20140328', '1.1'],
  secretsmanager: ['secretsmanager', '1.1'],
  ssm: ['AmazonSSM', '1.1'],
  states: ['AWSStepFunctions', '1.0'],
};

/** Versions of the query protocol. */
const VERSIONS: { readonly [service: string]: string } = {
  sns: '2010-03-31',
  sqs: '2012-11-05',
  sts: '2011-06-15',
  iam: '2010-05-08',
  cloudformation: '2010-05-15',
};

type AwsCall = {
  uri: string;
  method: string;
  /** ARN of a role, or that of whoever calls the API. */
  credentials: string;
  /** What the role's session is called; else `SESSION`. */
  session?: string;
  headers: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string>>;
  body: Uint8Array;
  timeout: Millis;
};

/** Whether an integration's address names a service of AWS. */
export function isServiceUri(uri: string): boolean {
  return URI.test(uri);
}

/**
 * Calls a service as the integration's role, or as who calls the API.
 *
 * @throws {ServiceError} where the role can't be assumed
 * @throws {FetchError} there is no such service here, or it broke the connection
 * @throws {DeadlineError} no answer in time
 */
export async function callAws(ctx: Ctx, call: AwsCall): Promise<Fetched> {
  const isCaller = call.credentials === CALLER;
  const pass = isCaller ? ctx.pass() : await ctx.passOfRole(call.credentials, call.session ?? SESSION);
  const { host, path, query, headers, body } = requestOf(ctx, call);
  const answer = ctx.visit({
    method: call.method,
    host,
    target: query === '' ? path : `${path}?${query}`,
    headers,
    body,
    sourceIp: ctx.caller.sourceIp,
    secure: true,
    as: { pass },
  });
  return within(answer.then(fetched(host)), call.timeout);
}

const fetched = (host: string) => async (reply: VisitReply | 'close' | undefined) => {
  if (reply === undefined) throw new FetchError('unreachable', `${host} is not in this cloud`);
  if (reply === 'close') throw new FetchError('unreachable', `${host} closed the connection`);
  const { status, body } = reply;
  const headers = Object.entries(reply.headers).map(([name, value]) => [name, String(value)] as const);
  const tooLarge = () => new FetchError('too-large', `${host} answered more than ${PAYLOAD_BYTES_MAX} bytes`);
  return { status, headers: withoutHops(headers), body: await bytesOf(body, tooLarge) };
};

async function bytesOf(body: VisitReply['body'], tooLarge: () => Error): Promise<Uint8Array> {
  if (typeof body === 'string') return Buffer.from(body);
  return body instanceof Uint8Array ? body : collect(body, PAYLOAD_BYTES_MAX, tooLarge);
}

/** What is sent where. What a client put into the path stays in it as it is: it leads to no other host, nor up. */
function requestOf(ctx: Ctx, call: AwsCall) {
  const [, named = '', subdomain, service = '', kind, rest = ''] = URI.exec(call.uri) ?? [];
  const region = named === '' ? ctx.region : named;
  const { authorization: _, 'x-amz-security-token': __, ...others } = call.headers;
  const headers: Record<string, string> = { ...others };
  const query = new URLSearchParams(call.query);
  // `path//` is the service's own root. Source: API Gateway Developer Guide, "Create a REST API as an Amazon S3 proxy".
  let path = rest === '/' ? '/' : `/${rest.replace(/[^!-~]/gu, encodeURIComponent)}`;
  if (kind === 'action') {
    path = '/';
    const target = TARGETS[service];
    if (target === undefined) {
      for (const [name, value] of new URLSearchParams(`Action=${rest}`)) query.set(name, value);
      query.set('Version', query.get('Version') ?? VERSIONS[service] ?? '');
    } else {
      headers['x-amz-target'] = `${target[0]}.${rest}`;
      headers['content-type'] = `application/x-amz-json-${target[1]}`;
    }
  }
  const [before = '', behind] = path.split('?', 2);
  for (const [name, value] of new URLSearchParams(behind)) if (!query.has(name)) query.set(name, value);
  const prefix = subdomain === undefined ? '' : `${subdomain}.`;
  const host = `${prefix}${service === 'iam' ? 'iam' : `${service}.${region}`}.amazonaws.com`;
  const body = service === 'sqs' && kind === 'path' ? withQueue(call.body, host, before) : call.body;
  return { host, path: before, query: query.toString(), headers, body };
}

/** A queue's address stands for its URL, where a form names none. */
function withQueue(body: Uint8Array, host: string, path: string): Uint8Array {
  const form = new URLSearchParams(Buffer.from(body).toString('utf8'));
  if (!form.has('Action') || form.has('QueueUrl') || path === '/') return body;
  form.set('QueueUrl', `https://${host}${path}`);
  return Buffer.from(form.toString());
}
