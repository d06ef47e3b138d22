/** What Lambda says in its own words of requests that do not fit its model. */
import { ServiceError, type Voice } from '#kernel/contract';
import { isRetired } from './domain/retired.ts';
import { runtimeUnknown, weightOutOfRange } from './errors.ts';

export const voice: Voice = {
  invalid: (failures, usual) => {
    const [failure] = failures;
    const isRuntime = failure?.kind === 'enum' && failure.path.length === 1 && failure.path[0] === 'Runtime';
    if (failure?.kind === 'range' && failures.length === 1 && failure.path.at(-2) === 'AdditionalVersionWeights')
      return weightOutOfRange(String(failure.path.at(-1)), Number(failure.value));
    if (!isRuntime || failures.length > 1) return withNotNull(usual(failures));
    return runtimeUnknown(
      String(failure.value),
      (failure.shape.enum ?? []).filter((runtime) => !isRetired(runtime)),
    );
  },
};

/** Of what a list holds, Lambda says at last that it must be something. Source: its answers to methods of CORS and to layers, as users show them. */
function withNotNull({ code, message, status, fields }: ServiceError): ServiceError {
  const told = message.replace(
    /(: Member must satisfy constraint: \[.*?)\](?=$|; Value )/g,
    '$1, Member must not be null]',
  );
  return new ServiceError(code, told, { status, fields });
}
