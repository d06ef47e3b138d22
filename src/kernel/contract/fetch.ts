/** Documents that a service reads from outside the cloud: an identity provider's keys, say. */
import type { Millis } from '#kernel/base';

export type FetchLimits = {
  /** From the call to the last byte, on the machine's clock. */
  timeout: Millis;
  bytesMax: number;
  /** SHA-1 of certificates, in hexadecimal: a server that shows one of them in its chain is trusted whoever signed for it. */
  thumbprints?: readonly string[] | undefined;
};

export type Fetched = { status: number; body: Uint8Array };

/**
 * Reads a document by GET. Redirects are answers like any other: they are not followed. Plain HTTP goes to this machine only.
 *
 * @throws {FetchError}
 */
export type Fetch = (url: string, limits: FetchLimits) => Promise<Fetched>;

/** Why a document could not be read; `untrusted`: by the server's certificate. */
export class FetchError extends Error {
  override name = 'FetchError';
  readonly reason: 'refused' | 'untrusted' | 'unreachable' | 'too-large';

  constructor(reason: FetchError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}
