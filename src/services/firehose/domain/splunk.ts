/**
 * Delivery to Splunk's HTTP event collector, which must acknowledge what it has indexed.
 *
 * @see Developer Guide, "Understand data delivery in Amazon Data Firehose": Splunk; Splunk, "HTTP Event Collector indexer acknowledgment"
 */
import type { Ctx, Fetched } from '#kernel/contract';
import type { SplunkDestinationConfiguration } from '#models/firehose';
import type { BatchRow } from '../state.ts';
import { secretOf, send } from './http.ts';
import type { Entry } from './records.ts';
import { Undelivered } from './trouble.ts';

/** Sends a batch; the id under which it will be acknowledged. @throws {Undelivered} */
export async function toSplunk(
  settings: SplunkDestinationConfiguration,
  batch: BatchRow,
  entries: readonly Entry[],
  ctx: Ctx,
): Promise<number> {
  const kind = settings.HECEndpointType === 'Raw' ? 'raw' : 'event';
  const body = Buffer.concat(entries.map(({ data }) => data));
  const answer = await ask(settings, kind, batch.id, body, ctx);
  const { ackId } = readJson(answer) as { ackId?: unknown };
  if (typeof ackId !== 'number')
    throw new Undelivered({
      code: 'Splunk.DisabledAck',
      message: 'Indexer acknowledgement is disabled on the HEC endpoint. Enable it and try again.',
    });
  return ackId;
}

/** Whether Splunk has indexed it. @throws {Undelivered} */
export async function isAcknowledged(
  settings: SplunkDestinationConfiguration,
  batch: BatchRow,
  ackId: number,
  ctx: Ctx,
): Promise<boolean> {
  const body = Buffer.from(JSON.stringify({ acks: [ackId] }));
  const { acks } = readJson(await ask(settings, 'ack', batch.id, body, ctx)) as { acks?: { [id: string]: unknown } };
  return acks?.[String(ackId)] === true;
}

async function ask(
  settings: SplunkDestinationConfiguration,
  path: 'raw' | 'event' | 'ack',
  channel: string,
  body: Buffer,
  ctx: Ctx,
): Promise<Fetched> {
  const secret = settings.SecretsManagerConfiguration;
  const token =
    secret?.Enabled === true ? await secretOf(secret, 'hec_token', 'Splunk', settings, ctx) : settings.HECToken;
  const url = new URL(settings.HECEndpoint);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/services/collector/${path}`;
  url.searchParams.set('channel', channel);
  const answer = await send('Splunk', url.href, {
    headers: {
      authorization: `Splunk ${token ?? ''}`,
      'content-type': path === 'raw' ? 'text/plain' : 'application/json',
      'x-splunk-request-channel': channel,
    },
    body,
  })(ctx);
  if (answer.status === 200) return answer;
  const text = Buffer.from(answer.body).toString('utf8').slice(0, 1_000);
  if (answer.status === 401 || answer.status === 403)
    throw new Undelivered({ code: 'Splunk.InvalidToken', message: `The HEC token is invalid. ${text}` });
  throw new Undelivered({
    code: 'Splunk.ServerError',
    message: `The HEC endpoint returned status ${answer.status}. ${text}`,
  });
}

function readJson({ body }: Fetched): object {
  try {
    const found: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    if (typeof found === 'object' && found !== null) return found;
  } catch {
    // Told like any other answer that says nothing.
  }
  throw new Undelivered({ code: 'Splunk.InvalidResponse', message: 'The HEC endpoint did not answer with JSON.' });
}
