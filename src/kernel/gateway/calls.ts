/** Calls between services: the same pipeline without the wire, as the service principal of the one who calls. */
import type { Aws, ServiceName } from '#kernel/contract';
import { useFacts } from './exchange.ts';
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
            call(kernel, service as ServiceName, operation, input, (x) => useFacts(x, facts())),
        },
      ),
  });
}
