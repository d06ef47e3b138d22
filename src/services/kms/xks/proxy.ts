/**
 * Asks a proxy of an external key store.
 *
 * @see aws/aws-kms-xksproxy-api-spec, "External Key Store XksProxy API Specification", version 1
 */
import { type Ctx, FetchError, type Fetched } from '#kernel/contract';
import type { Place, StoreView } from '#kernel/store';
import { unwrap } from '../domain/material.ts';
import { PROXY_ANSWER_BYTES_MAX, PROXY_TIMEOUT } from '../limits.ts';
import type { KeyStoreRow } from '../state.ts';
import { isHere } from './address.ts';
import { answeredFault, type FaultKind, ProxyFault } from './faults.ts';
import { measure } from './metrics.ts';

/** A proxy, and how it is spoken to. `id` is its store's, once there is one. */
export type XksProxy = {
  endpoint: string;
  path: string;
  accessKeyId: string;
  secret: string;
  id: string | undefined;
  place: Place;
};

/** What a proxy is asked, and for which call of KMS. */
export type Question = {
  xks: 'GetHealthStatus' | 'GetKeyMetadata' | 'Encrypt' | 'Decrypt';
  kms: string;
  /** Below the proxy's own. */
  path: string;
  body: object;
};

/** Any JSON object. */
export type Answer = { readonly [member: string]: unknown };

/** What the wrapping of a proxy's secret is bound to. */
export const secretPurpose = (store: string): string => `proxy ${store}`;

/** The proxy of a store. */
export function proxyOf(row: KeyStoreRow, store: StoreView): XksProxy {
  const { id, endpoint, path, accessKeyId, account, region } = row;
  const secret = unwrap(store, row.secret, secretPurpose(id)).toString();
  return { id, endpoint, path, accessKeyId, secret, place: { account, region } };
}

/**
 * A proxy's answer, as `read` understands it.
 *
 * @param read gives undefined for an answer that it can't be
 * @throws {ProxyFault}
 */
export async function ask<T>(
  proxy: XksProxy,
  question: Question,
  read: (answer: Answer) => T | undefined,
  ctx: Ctx,
): Promise<T> {
  const at = ctx.clock();
  let fault: FaultKind | undefined;
  try {
    const found = readAnswer(await send(proxy, question, ctx), read);
    if (typeof found !== 'string') return found.answer;
    fault = found;
  } catch (error) {
    fault = faultOfFetch(error);
  } finally {
    measure(proxy, question, fault, ctx.clock() - at, ctx);
  }
  throw new ProxyFault(fault);
}

/**
 * Source: KMS Developer Guide, "Monitor external key stores", "Latency": 250 ms; after a network timeout it is tried once more.
 *
 * Deviation: a proxy that took the connection and was silent is asked once more, too; AWS does so where the network was.
 */
async function send({ endpoint, path, ...proxy }: XksProxy, question: Question, ctx: Ctx): Promise<Fetched> {
  const { accessKeyId, secret, place } = proxy;
  const request = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(question.body)),
    timeout: PROXY_TIMEOUT,
    bytesMax: PROXY_ANSWER_BYTES_MAX,
    trustsAnyIssuer: isHere(endpoint),
    signedBy: { accessKeyId, secret, region: place.region, service: 'kms-xks-proxy' },
  } as const;
  const url = `${endpoint}${path}${question.path}`;
  try {
    return await ctx.fetch(url, request);
  } catch (error) {
    if (error instanceof FetchError && error.isLate) return ctx.fetch(url, request);
    throw error;
  }
}

function faultOfFetch(error: unknown): FaultKind {
  if (!(error instanceof FetchError)) throw error;
  if (error.isLate) return 'Late';
  if (error.reason === 'untrusted') return 'Untrusted';
  return error.reason === 'too-large' ? 'Malformed' : 'Unreachable';
}

/** Boxed, so that no answer is taken for a fault. */
function readAnswer<T>({ status, body }: Fetched, read: (answer: Answer) => T | undefined): { answer: T } | FaultKind {
  const found = objectOf(body);
  if (found === undefined) return 'Malformed';
  if (status !== 200) return answeredFault(String(found.errorName)) ?? 'Malformed';
  const answer = read(found);
  return answer === undefined ? 'Malformed' : { answer };
}

function objectOf(body: Uint8Array): Answer | undefined {
  try {
    const found: unknown = JSON.parse(Buffer.from(body).toString());
    return typeof found === 'object' && found !== null && !Array.isArray(found) ? (found as Answer) : undefined;
  } catch {
    return undefined;
  }
}
