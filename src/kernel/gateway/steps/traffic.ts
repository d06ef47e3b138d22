/** Traffic goes to the service that has its address, which answers as it likes; it is no call of an API. */
import { MIB } from '#kernel/base';
import { type Ctx, commonError, ServiceError, type TrafficReply, type TrafficRequest } from '#kernel/contract';
import { readClaim } from '#kernel/identity';
import type { WireReply } from '#kernel/wire';
import { type AddressRow, addressOf, findAddress, findHost } from '../addresses.ts';
import type { Exchange, GatewayReply } from '../exchange.ts';
import type { Kernel } from '../kernel.ts';
import { authenticate, useAnonymous, useAsserted } from './authenticate.ts';
import { newContext } from './authorize.ts';
import { isPlaceDark } from './dark.ts';

/** Bodies of signed requests are hashed whole. */
const SIGNED_BYTES_MAX = 16 * MIB;

export function carryTraffic(x: Exchange, kernel: Kernel): void | Promise<void> {
  const host = x.request.headers.host ?? '';
  const addressed = addressOf(host, x.path);
  const row =
    addressed === undefined ? findHost(kernel.store, host) : findAddress(kernel.store, addressed.kind, addressed.name);
  if (row !== undefined) return answer(x, kernel, row, addressed?.path ?? x.path, host);
  if (addressed !== undefined) x.reply = nowhere(addressed.kind, addressed.name);
}

/** Deviation: on AWS the name would not even resolve. */
function nowhere(kind: string, name: string): GatewayReply {
  return {
    status: 404,
    headers: { 'content-type': 'application/json' },
    body: `${JSON.stringify({ message: `There is no ${kind} ${name} in this cloud.` })}\n`,
  };
}

async function answer(x: Exchange, kernel: Kernel, row: AddressRow, path: string, host: string): Promise<void> {
  x.loaded = await kernel.catalog.load(row.service);
  const rule = x.loaded.service?.traffic;
  if (rule === undefined) return;
  x.region = row.region;
  if (isPlaceDark(kernel, x.loaded, row.region, x.now)) {
    x.reply = 'close';
    return;
  }
  const asOwner = (): Ctx => {
    x.account = row.account;
    return newContext(x, kernel);
  };
  const { request } = x;
  const { method, headers, sourceIp, secure } = request;
  let whole: Promise<Uint8Array> | undefined;
  const read: TrafficRequest['read'] = (limit, tooLarge) =>
    (whole ??= Promise.resolve(request.readBody(limit, tooLarge)));
  useAnonymous(x);
  const reply: TrafficReply = await rule(
    {
      kind: row.kind,
      name: row.name,
      id: row.id,
      host,
      method,
      path,
      query: x.query,
      headers,
      sentHeaders: request.sentHeaders?.bind(request),
      body: request.body,
      read,
      sourceIp,
      secure,
      tlsVersion: request.tlsVersion,
      tlsCipher: request.tlsCipher,
      isUpgrade: request.isUpgrade === true,
      clientCertificate: request.clientCertificate,
      serverName: request.serverName,
      gone: request.gone,
      authenticate: (signing) => whoSigned(x, kernel, signing, read, asOwner),
    },
    asOwner(),
  );
  const { socket, ...rest } = reply;
  // Lists of headers go out as several, whatever the type of most answers says.
  x.reply = { ...(rest as WireReply), ...(socket !== undefined && { socket: { id: socket, row } }) };
}

async function whoSigned(
  x: Exchange,
  kernel: Kernel,
  signing: string,
  read: TrafficRequest['read'],
  asOwner: () => Ctx,
): Promise<Ctx | ServiceError> {
  try {
    const { method, headers, asserted } = x.request;
    if (asserted !== undefined) {
      useAsserted(x, asserted);
      return asOwner();
    }
    const claim = readClaim({ method, path: x.path, query: x.query, headers });
    if (claim !== undefined && 'fault' in claim) x.claimFault = claim;
    else x.claim = claim;
    if (claim === undefined) return asOwner();
    x.body = await read(SIGNED_BYTES_MAX, () => commonError('RequestEntityTooLargeException', 'Request Too Long'));
    x.signing = signing;
    const [first = 'json'] = x.loaded?.head.protocols ?? [];
    x.protocol = x.loaded?.protocol(first);
    authenticate(x, kernel);
    return asOwner();
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
}
