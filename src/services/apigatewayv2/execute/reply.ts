/** What HTTP APIs answer by themselves. Source: API Gateway Developer Guide, "Troubleshooting issues with HTTP APIs"; texts as recorded from AWS. */
import type { TrafficReply } from '#kernel/contract';

export type Reply = TrafficReply & { body: string | Uint8Array };

/** Ends a request: API Gateway answers by itself. */
export class HttpFault extends Error {
  override name = 'HttpFault';
  readonly status: number;
  readonly headers: Record<string, string>;
  /** For `$context.integrationErrorMessage` and `$context.authorizer.error`. */
  readonly reason: string | undefined;

  constructor(status: number, message: string, headers: Record<string, string> = {}, reason?: string) {
    super(message);
    this.status = status;
    this.headers = headers;
    this.reason = reason;
  }

  get reply(): TrafficReply & { body: string } {
    return {
      status: this.status,
      headers: { 'content-type': 'application/json', ...this.headers },
      body: JSON.stringify({ message: this.message }),
    };
  }
}
