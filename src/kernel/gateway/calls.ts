/** Calls between services: the same pipeline without the wire, as the service principal of the one who calls. */
import type { Aws, ServiceName } from '#kernel/contract';
import type { CallerFacts, Kernel } from './kernel.ts';
import { call } from './pipeline.ts';

/** Typed calls as `facts()`: `aws.sqs.SendMessage(input)`. */
export function awsCalls(kernel: Kernel, facts: () => CallerFacts): Aws {
  return new Proxy({} as Aws, {
    get: (_, service: string) =>
      new Proxy(
        {},
        {
          get: (__, operation: string) => (input: Record<string, unknown>) =>
            call(kernel, service as ServiceName, operation, input, (x) => {
              const { account, region, principal, session, accessKeyId, via, source } = facts();
              const from = via?.at(-1) ?? (principal.kind === 'service' ? principal.service : '127.0.0.1');
              x.account = account;
              x.region = x.loaded?.service?.global === true ? 'us-east-1' : region;
              x.session = session;
              x.caller = {
                principal,
                accessKeyId,
                sourceIp: from,
                userAgent: from,
                secure: true,
                via,
                source,
              };
            }),
        },
      ),
  });
}
