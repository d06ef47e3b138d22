/**
 * Lambda's metadata endpoint: an environment's processes hear from it in which zone they run.
 * Source: Lambda Developer Guide, "Using the Lambda metadata endpoint".
 *
 * Deviation: what AWS says to those it refuses is not known, and clients may keep what they hear also before a snapshot is restored, which stays in its zone here.
 */
import { secretBytes } from '#kernel/random';
import { REGIONS } from '#kernel/world';

export const METADATA = '/2026-01-15/metadata/execution-environment';
const TOKEN_BYTES = 24;

export class Metadata {
  readonly #token = secretBytes(TOKEN_BYTES).toString('base64url');
  readonly #zone: string;

  /** @param stream the name of its log stream, which decides in which zone of the Region it stands */
  constructor(region: string, stream: string) {
    const { zonePrefix, zones } = REGIONS.get(region) ?? { zonePrefix: region, zones: ['a'] };
    const lot = Number.parseInt(stream.slice(-8), 16) || 0;
    this.#zone = `${zonePrefix}-az${(lot % zones.length) + 1}`;
  }

  /** What processes need to ask. @param address `host:port` */
  variables(address: string): Record<string, string> {
    return { AWS_LAMBDA_METADATA_API: address, AWS_LAMBDA_METADATA_TOKEN: this.#token };
  }

  handle(
    method: string,
    authorization: string | undefined,
  ): { status: number; body: object; headers: Record<string, string> } {
    if (method !== 'GET') return refusal(405, 'MethodNotAllowed', `Method not allowed: ${method}`);
    if (authorization !== `Bearer ${this.#token}`) return refusal(401, 'Unauthorized', 'Missing or invalid token');
    const headers = { 'cache-control': 'private, max-age=43200, immutable' };
    return { status: 200, body: { AvailabilityZoneID: this.#zone }, headers };
  }
}

function refusal(status: number, errorType: string, errorMessage: string) {
  return { status, body: { errorMessage, errorType }, headers: {} };
}
