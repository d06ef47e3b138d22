/** Traffic: requests that are no calls of an API of AWS, but are for what its services run: an API of API Gateway, a distribution, a function's address. */
import type { ByteStream } from '#models/base';
import type { AddressKind } from './addresses.ts';
import type { Ctx } from './context.ts';
import type { ServiceError } from './errors.ts';

/** A header in the case in which its name was written. */
export type SentHeader = readonly [name: string, value: string];

export type TrafficRequest = {
  kind: AddressKind;
  /** The address without its kind: `abc123`, `www.example.com`. */
  name: string;
  /** What the service has noted of it (`ctx.claim`). */
  id: string;
  /** As the client sent it, with its port. */
  host: string;
  method: string;
  /** As sent, still escaped; without what only led here (`/_aws/execute-api/abc123`). */
  path: string;
  query: string;
  /** In lower case; several of a name are joined as HTTP says. */
  headers: Readonly<Record<string, string>>;
  /** The same as the client wrote them, each for itself; undefined where that is not known. */
  sentHeaders?: (() => readonly SentHeader[]) | undefined;
  body: ByteStream;
  /** The whole body; throws `tooLarge()` past the limit. Asked for again, it is the same. */
  read(limit: number, tooLarge: () => Error): Promise<Uint8Array>;
  sourceIp: string;
  secure: boolean;
  /** Of a client of TLS: `1.3`, and the cipher as OpenSSL names it. */
  tlsVersion?: string | undefined;
  tlsCipher?: string | undefined;
  /** The client wants to open a web socket. */
  isUpgrade: boolean;
  /** What a client of TLS has shown at a host that asks for it, as DER: it has its key, and nothing else is known of it. It may have been shown for another host of this cloud. */
  clientCertificate?: Uint8Array | undefined;
  /** The name that a client of TLS has asked for (SNI). */
  serverName?: string | undefined;
  /** Aborted when the client goes away. */
  gone: AbortSignal | undefined;
  /**
   * The context of who signed the request, as the service that owns the address; of nobody in particular where it is not signed.
   *
   * @param signing the name in the signature's scope: `execute-api`, `lambda`
   * @returns the error that a call of an API would get where the signature is wrong
   */
  authenticate(signing: string): Promise<Ctx | ServiceError>;
};

export type TrafficReply = {
  status: number;
  /** Lists for what may come several times (`set-cookie`). */
  headers: Record<string, string | string[]>;
  body: string | Uint8Array | ByteStream;
  /** Opens the web socket that was asked for (status 101), known by this id from now on. */
  socket?: string;
};

/** Answers traffic for a service's addresses, in a context of nobody in particular at the place of who owns the address. Never throws what a client should see. */
export type TrafficRule = (request: TrafficRequest, ctx: Ctx) => Promise<TrafficReply>;

/** Hears web sockets that the service has opened. */
export type SocketRules = {
  message(id: string, data: Uint8Array, isText: boolean, ctx: Ctx): Promise<void>;
  closed(id: string, code: number, reason: string, ctx: Ctx): Promise<void>;
};
