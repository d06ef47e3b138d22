/** Checks the input against the model's constraints and answers operations, and members of requests, that are not built. */
import { commonError, notBuilt as memberNotBuilt } from '#kernel/contract';
import type { ConstraintFailure } from '#kernel/wire';
import type { Loaded } from '../catalog.ts';
import type { Exchange } from '../exchange.ts';
import { notBuilt } from '../faces.ts';
import { bringsReservedTag } from '../tags.ts';
import { voiceOf } from '../voices.ts';

/** Source: CloudFormation's answer in aws-quickstart/quickstart-examples#39; those of most other services are recorded nowhere. */
const RESERVED_TAG = 'aws: prefixed tag key names are not allowed for external use.';

export function validate(x: Exchange): void {
  const { loaded, operation } = x;
  if (loaded === undefined) return;
  const handler = loaded.service?.operations[operation];
  if (handler === undefined) throw notBuilt(loaded.head.title, operation, 'the service comes with a later release');
  if (typeof handler !== 'function') throw notBuilt(loaded.head.title, operation, handler.notBuilt);
  const failures = failuresOf(x, loaded) ?? [];
  if (failures.length > 0) throw voiceOf(loaded).invalid(failures, operation, x);
  const reserved = loaded.service?.reservedTag;
  if (reserved !== undefined && bringsReservedTag(x)) throw reserved(RESERVED_TAG);
  const unbuilt = loaded.service?.unbuilt?.[operation]?.find((member) => asksFor(x.input[member]));
  if (unbuilt !== undefined) throw memberNotBuilt(`${unbuilt} of ${operation}`);
}

/** False, empty texts and empty lists ask for nothing. */
function asksFor(value: unknown): boolean {
  return value !== undefined && value !== false && value !== '' && !(Array.isArray(value) && value.length === 0);
}

/** What came over the wire was parsed by its model; what comes from inside may have values of any kind, as a template gave them. */
function failuresOf({ input, operation, isInside }: Exchange, loaded: Loaded): ConstraintFailure[] | undefined {
  try {
    return loaded.validator(operation)?.(input);
  } catch (error) {
    if (!isInside || !(error instanceof TypeError)) throw error;
    throw commonError(
      'SerializationException',
      `The input of ${operation} has a value of another kind than its model.`,
    );
  }
}
