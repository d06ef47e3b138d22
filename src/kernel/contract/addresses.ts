/** Addresses at which services answer traffic, and the web sockets they have opened there. */

/**
 * Kinds of addresses: `abc123.execute-api.us-east-1.…`; `host` is any whole name that a user brings (custom domains, aliases);
 * `cloudformation-response` takes what custom resources and wait conditions answer; `dkr` are registries of images, by account and Region;
 * `acm-approvals` takes consent to certificates.
 */
export type AddressKind =
  | 'execute-api'
  | 'lambda-url'
  | 'lambda-code'
  | 'cloudfront'
  | 'cloudformation-response'
  | 'dkr'
  | 'acm-approvals'
  | 'host';

/** Web sockets that are open in this process. */
export interface Sockets {
  /** False where there is no such socket (any more). */
  send(id: string, data: Uint8Array | string): boolean;
  close(id: string, code?: number, reason?: string): boolean;
  /** Whether one is open: none outlives the process that opened it. */
  has(id: string): boolean;
}
