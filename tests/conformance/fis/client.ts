/**
 * A client of FIS, made from AWS's model as an SDK's is. The SDK for JavaScript's own is not in every registry as it is now (safety levers and
 * target previews are missing), so that a socket and a signature have to do; boto3 and the AWS CLI are at work in tests/first-minute.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceModel } from '#kernel/wire';
import type { Services } from '#models/services';
import type { TestCloud } from '../../support/cloud.ts';
import { type Keys, signHeaders } from '../../support/sign.ts';

type Fis = Services['fis'];
export type FisClient = {
  [Op in keyof Fis]: (
    input: Omit<Fis[Op]['input'], 'clientToken'> & { clientToken?: string },
  ) => Promise<Required<Fis[Op]['output']>>;
};

/** What FIS refused. */
export class FisError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status: number) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
  }
}

export const ACCOUNT = '123456789012';
const MODEL = JSON.parse(readFileSync(join(import.meta.dirname, '../../../models/fis.json'), 'utf8')) as ServiceModel;
let tokens = 0;

type Options = { keys?: Keys; region?: string };

/** Times in what it answers are milliseconds, as in the code. */
export function fisClient(cloud: Pick<TestCloud, 'url'>, options: Options = {}): FisClient {
  const call = async (operation: string, given: Record<string, unknown>) => {
    const { method = 'GET', uri = '/', input: shapeName = '' } = MODEL.operations[operation] ?? {};
    const members = MODEL.shapes[shapeName]?.members ?? {};
    const input = { ...('clientToken' in members && { clientToken: `token-${++tokens}` }), ...given };
    let path = uri;
    const query = new URLSearchParams();
    const body: Record<string, unknown> = {};
    for (const [member, value] of Object.entries(input)) {
      const { location, name = member } = (members[member] ?? {}) as { location?: string; name?: string };
      if (location === 'uri') path = path.replace(`{${name}}`, encodeURIComponent(String(value)));
      else if (location === 'querystring') for (const one of [value].flat()) query.append(name, String(one));
      else body[member] = value;
    }
    const text = JSON.stringify(body);
    const url = new URL(`${cloud.url}${path}${query.size === 0 ? '' : `?${query}`}`);
    const { keys = { accessKeyId: ACCOUNT, secret: 'test' }, region = 'us-east-1' } = options;
    const signable = {
      method,
      path: url.pathname,
      query: url.search.slice(1),
      headers: { host: url.host },
      ...(method !== 'GET' && { body: text }),
    };
    const { headers } = signHeaders(signable, keys, { service: 'fis', region });
    const response = await fetch(url, {
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      ...(method !== 'GET' && { body: text }),
    });
    const answer = JSON.parse((await response.text()) || '{}');
    if (response.status === 200) return inMillis(answer);
    const code = String(response.headers.get('x-amzn-errortype') ?? '').split(':')[0] ?? '';
    throw new FisError(code, answer.message ?? answer.Message ?? '', response.status);
  };
  return new Proxy({} as FisClient, {
    // A client that is awaited is no promise.
    get: (_, operation) =>
      operation === 'then' ? undefined : (input: Record<string, unknown> = {}) => call(String(operation), input),
  });
}

function inMillis(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inMillis);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name,
      /[a-z]Time$/.test(name) && typeof one === 'number' ? Math.round(one * 1_000) : inMillis(one),
    ]),
  );
}
