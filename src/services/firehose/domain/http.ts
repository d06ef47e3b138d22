/**
 * Delivery to HTTP endpoints.
 *
 * @see Developer Guide, "HTTP endpoint delivery request and response specifications"
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type Ctx, FetchError, type Fetched, type FetchRequest, ServiceError } from '#kernel/contract';
import type { HttpEndpointDestinationConfiguration, SecretsManagerConfiguration } from '#models/firehose';
import { HTTP_ANSWER_BYTES_MAX, HTTP_TIMEOUT } from '../limits.ts';
import type { BatchRow, StreamRow } from '../state.ts';
import type { Entry } from './records.ts';
import { actAs, Undelivered } from './trouble.ts';

const zipped = promisify(gzip);

/** @throws {Undelivered} */
export async function toEndpoint(
  settings: HttpEndpointDestinationConfiguration,
  stream: StreamRow,
  batch: BatchRow,
  entries: readonly Entry[],
  ctx: Ctx,
): Promise<void> {
  const { EndpointConfiguration: endpoint, RequestConfiguration: request, SecretsManagerConfiguration } = settings;
  const text = JSON.stringify({
    requestId: batch.id,
    timestamp: ctx.clock(),
    records: entries.map(({ data }) => ({ data: data.toString('base64') })),
  });
  const isZipped = request?.ContentEncoding === 'GZIP';
  const key =
    SecretsManagerConfiguration?.Enabled === true
      ? await secretOf(SecretsManagerConfiguration, 'api_key', 'HttpEndpoint', settings, ctx)
      : endpoint.AccessKey;
  const attributes = request?.CommonAttributes ?? [];
  const commonAttributes = Object.fromEntries(
    attributes.map(({ AttributeName, AttributeValue }) => [AttributeName, AttributeValue]),
  );
  const answer = await send('HttpEndpoint', endpoint.Url, {
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Amazon Kinesis Data Firehose Agent/1.0',
      'x-amz-firehose-protocol-version': '1.0',
      'x-amz-firehose-request-id': batch.id,
      'x-amz-firehose-source-arn': stream.arn,
      ...(isZipped && { 'content-encoding': 'gzip' }),
      ...(key !== undefined && key !== '' && { 'x-amz-firehose-access-key': key }),
      ...(attributes.length > 0 && { 'x-amz-firehose-common-attributes': JSON.stringify({ commonAttributes }) }),
    },
    body: isZipped ? await zipped(text) : Buffer.from(text),
  })(ctx);
  checkAnswer(answer, batch.id);
}

/** Sends a request, by POST. @throws {Undelivered} where nobody answers */
export function send(area: 'HttpEndpoint' | 'Splunk', url: string, request: Pick<FetchRequest, 'headers' | 'body'>) {
  return async (ctx: Ctx): Promise<Fetched> => {
    try {
      const limits = { timeout: HTTP_TIMEOUT, bytesMax: HTTP_ANSWER_BYTES_MAX };
      // Deviation: an endpoint on this machine need not have a certificate that anybody vouches for; AWS asks for one from everybody.
      const trustsAnyIssuer = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|.*\.localhost)$/.test(new URL(url).hostname);
      return await ctx.fetch(url, { method: 'POST', ...limits, trustsAnyIssuer, ...request });
    } catch (error) {
      if (!(error instanceof FetchError)) throw error;
      const code = error.reason === 'too-large' ? 'ResponseTooLarge' : 'ConnectionFailed';
      throw new Undelivered({ code: `${area}.${code}`, message: error.message });
    }
  };
}

/** Only an answer that names the request says that it was taken. */
function checkAnswer({ status, headers, body }: Fetched, id: string): void {
  const text = Buffer.from(body).toString('utf8');
  if (status !== 200) {
    const message = `Received the following response from the endpoint destination. ${text.slice(0, 8_192)}`;
    throw new Undelivered({ code: 'HttpEndpoint.DestinationException', message }, status === 413);
  }
  let answer: { requestId?: unknown; timestamp?: unknown } | null;
  try {
    answer = JSON.parse(text);
  } catch {
    answer = null;
  }
  const isJson = /^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '');
  if (!isJson || answer?.requestId !== id || typeof answer.timestamp !== 'number')
    throw new Undelivered({
      code: 'HttpEndpoint.InvalidResponseFromDestination',
      message:
        'The response received from the endpoint is invalid. See Troubleshooting HTTP Endpoints in the Firehose documentation for more information.',
    });
}

/** A secret's one value, or the whole where it is no JSON. @throws {Undelivered} */
export async function secretOf(
  { SecretARN = '', RoleARN }: SecretsManagerConfiguration,
  member: string,
  area: 'HttpEndpoint' | 'Splunk',
  settings: { RoleARN?: string; S3Configuration: { RoleARN: string } },
  ctx: Ctx,
): Promise<string | undefined> {
  const role = await actAs(RoleARN ?? settings.RoleARN ?? settings.S3Configuration.RoleARN, area, ctx);
  try {
    const { SecretString = '' } = await role.aws()['secrets-manager'].GetSecretValue({ SecretId: SecretARN });
    const value = JSON.parse(SecretString)?.[member];
    return typeof value === 'string' ? value : undefined;
  } catch (error) {
    if (!(error instanceof ServiceError || error instanceof SyntaxError)) throw error;
    throw new Undelivered({ code: 'SecretsManager.InvalidSecret', message: error.message });
  }
}
