/** One call on its way through the pipeline: each step fills in what it has found out. */

import { bytesStream, type Millis } from '#kernel/base';
import type { Caller, FormCall, SentHeader } from '#kernel/contract';
import type { Touched } from '#kernel/events';
import type { ChunkSigning, Claim, ClaimFault, Credential, OldClaim, SessionRow } from '#kernel/identity';
import type { Protocol, ProtocolName, Route, ServiceHead, WireReply } from '#kernel/wire';
import type { ByteStream } from '#models/base';
import type { AddressRow } from './addresses.ts';
import type { Loaded } from './catalog.ts';
import type { CallContext } from './context.ts';
import type { CallerFacts } from './kernel.ts';

const NOTHING = new Uint8Array(0);

/** A request as the listener hands it over. Header names are in lower case. */
export type GatewayRequest = {
  method: string;
  /** Path and query as sent. */
  target: string;
  headers: Record<string, string>;
  /** As they were written; worked out when somebody asks. */
  sentHeaders?: () => readonly SentHeader[];
  /** Pieces of the body as they arrive; read at most once. */
  body: ByteStream;
  /** The whole body at once, instead of `body`; rejects with `tooLarge()` past `limit` bytes. */
  readBody(limit: number, tooLarge: () => Error): Promise<Uint8Array> | Uint8Array;
  sourceIp: string;
  secure: boolean;
  /** Of TLS: `1.3`. */
  tlsVersion?: string | undefined;
  /** As OpenSSL names it: `TLS_AES_256_GCM_SHA384`. */
  tlsCipher?: string | undefined;
  /** Aborted when the client goes away. */
  gone?: AbortSignal | undefined;
  /** The client wants to open a web socket. */
  isUpgrade?: boolean | undefined;
  /** What a client of TLS has shown where it was asked to, as DER: it has its key, and nothing else is known of it. */
  clientCertificate?: Uint8Array | undefined;
  /** The name that a client of TLS has asked for. */
  serverName?: string | undefined;
  /** Of a request from inside: who it is known to come from. */
  asserted?: CallerFacts | undefined;
};

/** The request of a call that came over no wire. */
export function inProcessRequest(): GatewayRequest {
  return {
    method: 'POST',
    target: '/',
    headers: {},
    body: bytesStream(NOTHING),
    readBody: () => NOTHING,
    sourceIp: '127.0.0.1',
    secure: false,
  };
}

/** `close` destroys the connection without an answer (a fault). */
export type GatewayReply = (WireReply & { socket?: OpenedSocket }) | 'close';

/** A web socket that an answer opens (status 101), and whose address it came to. */
export type OpenedSocket = { id: string; row: AddressRow };

export class Exchange {
  /** A form's is replaced by what it stands for. */
  request: GatewayRequest;
  /** A call between services, or by a test without a socket. */
  isInside = false;
  /** A call between services that only reads, which may read everything and is told nowhere. */
  isUnseen = false;
  /** A service may have its own form. */
  requestId: string;
  /** The instant the call began, on the cloud's clock. */
  readonly now: Millis;
  /** Path and query as routing sees them: a bucket in the host name has moved into the path. */
  path: string;
  query: string;
  /** The body, once it was read whole. */
  body: Uint8Array | undefined;
  /** The most bytes it may have, as sent and decompressed. */
  bodyLimit = 0;
  trailers: Record<string, string> = {};
  /** The service that was recognised, before it is loaded. */
  head: ServiceHead | undefined;
  protocolName: ProtocolName | undefined;
  claim: Claim | undefined;
  /** Why the credentials could not even be read. */
  claimFault: ClaimFault | undefined;
  /** A signature of version 2; S3 alone still takes it. */
  oldClaim: OldClaim | undefined;
  credential: Credential | undefined;
  session: SessionRow | undefined;
  caller: Caller | undefined;
  account = '';
  /** The account of what was last asked for; known once somebody has decided whether it may be had. */
  owner: string | undefined;
  /** What was had of services that tell the owner of it, too. */
  touched: Touched[] | undefined;
  /** What the trail is told besides what was asked and answered. */
  additional: Readonly<Record<string, string>> | undefined;
  region = '';
  loaded: Loaded | undefined;
  protocol: Protocol | undefined;
  route: Route | undefined;
  operation = '';
  input: Record<string, unknown> = {};
  ctx: CallContext | undefined;
  output: Record<string, unknown> = {};
  reply: GatewayReply | undefined;
  form: FormCall | undefined;
  /** The name that a signature's scope must have, where it is not the service's own. */
  signing: string | undefined;

  /** How chunks of an aws-chunked body are to be checked. */
  chunks: ChunkSigning;
  error: { code: string; message: string } | undefined;

  constructor(request: GatewayRequest, requestId: string, now: Millis) {
    this.request = request;
    this.requestId = requestId;
    this.now = now;
    const mark = request.target.indexOf('?');
    this.path = mark === -1 ? request.target : request.target.slice(0, mark);
    this.query = mark === -1 ? '' : request.target.slice(mark + 1);
  }
}

/** Makes an in-process call theirs whom the facts name. */
export function useFacts(x: Exchange, facts: CallerFacts): void {
  const { account, region, principal, session, accessKeyId, via, source, isUnseen } = facts;
  const from = via?.at(-1) ?? (principal.kind === 'service' ? principal.service : '127.0.0.1');
  x.account = account;
  x.region = x.loaded?.service?.global === true ? 'us-east-1' : region;
  x.session = session;
  x.isUnseen = isUnseen === true;
  x.caller = { principal, accessKeyId, sourceIp: from, userAgent: from, secure: true, via, source };
}
