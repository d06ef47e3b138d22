/** What Lambda says in its own words of requests that do not fit its model. */
import type { Voice } from '#kernel/contract';
import { isRetired } from './domain/retired.ts';
import { runtimeUnknown } from './errors.ts';

export const voice: Voice = {
  invalid: (failures, usual) => {
    const [failure] = failures;
    const isRuntime = failure?.kind === 'enum' && failure.path.length === 1 && failure.path[0] === 'Runtime';
    if (!isRuntime || failures.length > 1) return usual(failures);
    return runtimeUnknown(
      String(failure.value),
      (failure.shape.enum ?? []).filter((runtime) => !isRetired(runtime)),
    );
  },
};
