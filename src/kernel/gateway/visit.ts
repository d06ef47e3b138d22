/** Requests from inside to addresses of this cloud: as they would come over a socket, but without one. */
import { setImmediate } from 'node:timers/promises';
import { bytesStream, collect, KIB } from '#kernel/base';
import type { VisitReply, VisitRequest } from '#kernel/contract';
import { addressOf, findHost } from './addresses.ts';
import type { GatewayRequest } from './exchange.ts';
import { serviceOfHost } from './hosts.ts';
import type { CallerFacts, Kernel } from './kernel.ts';
import { handle } from './pipeline.ts';
import { factsOfPass } from './reach.ts';

/** Each hop adds to what is told of the way, so that what goes in circles comes to an end. Source: CloudFront Developer Guide, quotas: of a request with its headers. */
const HEAD_BYTES_MAX = 20 * KIB;

/** @param own the service that visits, as which it signs for one of its resources */
export async function visitHere(
  kernel: Kernel,
  own: CallerFacts,
  request: VisitRequest,
): Promise<VisitReply | 'close' | undefined> {
  if (!isHere(kernel, request.host)) return undefined;
  const { as } = request;
  return visitAddress(kernel, request, as && assertedBy(kernel, own, as));
}

/** Visits an address that is here. Others have their turn before: what goes in circles must not keep the cloud to itself. */
export async function visitAddress(
  kernel: Kernel,
  { host, method, target, headers, body, sourceIp, secure }: Omit<VisitRequest, 'as'>,
  asserted?: CallerFacts,
): Promise<VisitReply | 'close'> {
  await setImmediate();
  const head = Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + value.length, target.length);
  if (head > HEAD_BYTES_MAX) return { status: 431, headers: { 'content-length': '0' }, body: '' };
  const stream = body instanceof Uint8Array ? bytesStream(body) : body;
  const inside: GatewayRequest = {
    method,
    target,
    // As clients do that put nothing: S3 wants a length.
    headers: { ...(method === 'PUT' && stream.length === 0 && { 'content-length': '0' }), ...headers, host },
    body: stream,
    readBody: (limit, tooLarge) => collect(stream, limit, tooLarge),
    sourceIp,
    secure,
    ...(asserted !== undefined && { asserted }),
  };
  return (await handle(kernel, inside)) as VisitReply | 'close';
}

/** Whether a host name is one at which this cloud answers, whatever a resolver says of it. */
function isHere(kernel: Kernel, host: string): boolean {
  if (addressOf(host, '/') !== undefined || findHost(kernel.store, host) !== undefined) return true;
  const service = serviceOfHost(host);
  return service !== undefined && [...kernel.catalog.heads.values()].some((head) => head.endpoint === service);
}

function assertedBy(kernel: Kernel, own: CallerFacts, as: NonNullable<VisitRequest['as']>): CallerFacts {
  if ('resource' in as) return { ...own, source: { arn: as.resource, account: own.account } };
  if ('pass' in as) return factsOfPass(kernel, as.pass, own.region);
  return { ...own, account: own.account, principal: { kind: 'user', ...as.identity } };
}
