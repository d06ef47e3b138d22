/** What execution logs tell of requests to integrations and authorizers, and of their answers. Source: API Gateway Developer Guide, "Set up CloudWatch logging"; "Test a REST API method". */
import type { Call } from './call.ts';

type Shown = { headers: Readonly<Record<string, unknown>>; body: string | Uint8Array };

const SHOWN_OF_SECRETS = 6;

/** `{Accept=text/html, Host=a.example}`; of what lets somebody in only the end is shown. */
export function mapText(values: Readonly<Record<string, unknown>>): string {
  const shown = Object.entries(values).map(([name, value]) => {
    const text = String(value);
    return `${name}=${/^(?:authorization|x-api-key)$/i.test(name) ? masked(text) : text}`;
  });
  return `{${shown.join(', ')}}`;
}

/** A secret, of which only the end is shown. */
export function masked(text: string): string {
  return '*'.repeat(Math.max(0, text.length - SHOWN_OF_SECRETS)) + text.slice(-SHOWN_OF_SECRETS);
}

/** Tells what is sent, just before it is. */
export function tellSending(call: Call, uri: string, { headers, body }: Shown): void {
  if (!call.isTold) return;
  call.say(`Endpoint request URI: ${uri}`, true);
  call.say(`Endpoint request headers: ${mapText(headers)}`, true);
  call.say(`Endpoint request body after transformations: ${textOf(body)}`, true);
  call.say(`Sending request to ${uri}`);
}

/** Tells what came back. */
export function tellReceived(call: Call, status: number, { headers, body }: Shown): void {
  if (!call.isTold) return;
  const { startedAt = 0 } = call.integration;
  call.say(`Received response. Status: ${status}, Integration latency: ${call.ctx.clock() - startedAt} ms`);
  call.say(`Endpoint response headers: ${mapText(headers)}`, true);
  call.say(`Endpoint response body before transformations: ${textOf(body)}`, true);
}

/** Text of a body: what is binary is not told. */
export function textOf(body: string | Uint8Array): string {
  if (typeof body === 'string') return body;
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  return text.includes('\uFFFD') ? '[Binary Data]' : text;
}

/** Headers with which API Gateway calls a function on behalf of a resource. */
export function functionHeaders(call: Call, source: string): Record<string, string> {
  return {
    'x-amzn-apigateway-api-id': call.use.apiId,
    Accept: 'application/json',
    'User-Agent': `AmazonAPIGateway_${call.use.apiId}`,
    'X-Amzn-Trace-Id': call.headers['x-amzn-trace-id'] ?? '',
    'X-Amz-Source-Arn': source,
    'Content-Type': 'application/json',
  };
}

/** The address at which a function is called. */
export function functionUri(call: Call, arn: string): string {
  const region = arn.split(':')[3] ?? call.ctx.region;
  return `https://lambda.${region}.amazonaws.com/2015-03-31/functions/${arn}/invocations`;
}
