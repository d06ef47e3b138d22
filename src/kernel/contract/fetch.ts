/** Requests that services send out of the cloud: to read an identity provider's keys, to deliver to a customer's endpoint. */
import type { Millis } from '#kernel/base';

export type FetchRequest = {
  /** GET unless another is named. */
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS' | undefined;
  /** Names in lower case. How the message is framed (its length, its connection) is not theirs to say. */
  headers?: Readonly<Record<string, string>> | undefined;
  body?: Uint8Array | undefined;
  /** From the call to the last byte, on the machine's clock. */
  timeout: Millis;
  /** Of the answer's body. */
  bytesMax: number;
  /** SHA-1 of certificates, in hexadecimal: a server that shows one of them in its chain is trusted whoever signed for it. */
  thumbprints?: readonly string[] | undefined;
  /** A server's certificate is enough when it is for its host and has not ended, whoever signed it. */
  trustsAnyIssuer?: boolean | undefined;
  /** Shown to a server that asks who calls, in PEM. */
  identity?: { key: string; cert: string } | undefined;
  /** Signs the request by Signature Version 4, with the machine's time: its headers are then `host` and `x-amz-date`. */
  signedBy?: Signer | undefined;
};

/** A key that a server outside has given, and the scope it wants. */
export type Signer = { accessKeyId: string; secret: string; region: string; service: string };

/** Names of `headers` are in lower case; a header that came several times has its values joined by commas. */
export type Fetched = {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** Each `set-cookie` for itself: a comma may stand within one. */
  cookies?: readonly string[] | undefined;
  body: Uint8Array;
};

/** An answer whose body is still on its way; reading it throws FetchError where it breaks off. Who reads it no further says so (`return`). */
export type FetchedFlow = Omit<Fetched, 'body'> & { body: AsyncIterable<Uint8Array> };

/**
 * Sends a request. Redirects are answers like any other: they are not followed. Plain HTTP goes to this machine only, which is
 * also every name that ends in `.localhost`.
 *
 * @throws {FetchError}
 */
export type Fetch = {
  (url: string, request: FetchRequest): Promise<Fetched>;
  /** Answers as soon as the headers are there, a body of any length. @throws {FetchError} */
  flowing(url: string, request: Omit<FetchRequest, 'bytesMax'>): Promise<FetchedFlow>;
};

/** Why there is no answer; `refused`: it was not even sent, `untrusted`: by the server's certificate. */
export class FetchError extends Error {
  override name = 'FetchError';
  readonly reason: 'refused' | 'untrusted' | 'unreachable' | 'too-large';
  /** Unreachable, as far as can be told in the time that there was. */
  readonly isLate: boolean;

  constructor(reason: FetchError['reason'], message: string, isLate = false) {
    super(message);
    this.reason = reason;
    this.isLate = isLate;
  }
}
