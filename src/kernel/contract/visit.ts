/** Requests that a service sends to addresses of this cloud, as anybody might over a socket, but without one. */
import type { ByteStream } from '#models/base';
import type { Pass } from './pass.ts';

export type VisitRequest = {
  method: string;
  /** Whom it is for: a service's endpoint, a bucket, an address that a service has claimed. */
  host: string;
  /** As on the wire, still escaped; with the query. */
  target: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: ByteStream | Uint8Array;
  /** Whose request it is. */
  sourceIp: string;
  secure: boolean;
  /** Sent by the service for one of its resources, by an identity that AWS keeps for it, or by a role's session; otherwise by whom the headers say. */
  as?:
    | { resource: string }
    | { identity: { account: string; arn: string; id: string; name: string } }
    | { pass: Pass }
    | undefined;
};

export type VisitReply = {
  status: number;
  /** Lists for what came several times. */
  headers: Record<string, string | string[]>;
  body: string | Uint8Array | ByteStream;
};

/** Gives `undefined` for a host that is no part of this cloud, `'close'` where the connection broke without an answer. */
export type Visit = (request: VisitRequest) => Promise<VisitReply | 'close' | undefined>;
