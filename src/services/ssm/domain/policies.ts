/** Policies of parameters: when one expires. Source: Systems Manager User Guide, "Assigning parameter policies". */
import type { Ctx } from '#kernel/contract';
import { badPolicy, badPolicyType } from '../errors.ts';
import { POLICIES_MAX } from '../limits.ts';
import type { VersionRow } from '../state.ts';

const TYPES = ['Expiration', 'ExpirationNotification', 'NoChangeNotification'];

/** @throws {ServiceError} InvalidPolicyTypeException, InvalidPolicyAttributeException */
export function policiesOf(text: string | undefined): VersionRow['policies'] {
  if (text === undefined || text === '') return [];
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw badPolicy('Invalid policies input: the policies should be a JSON array.');
  }
  if (!Array.isArray(given) || given.length > POLICIES_MAX)
    throw badPolicy('Invalid policies input: the policies should be a JSON array.');
  const policies = given.filter(
    (one) => one !== null && typeof one === 'object' && Object.keys(one).length > 0,
  ) as VersionRow['policies'];
  for (const { Type: type, Attributes } of policies) {
    if (!TYPES.includes(type))
      throw badPolicyType(`The policy type ${type} is not supported. Supported types are: ${TYPES.join(', ')}.`);
    if (type === 'Expiration' && Number.isNaN(expiryOf(Attributes)))
      throw badPolicy('The timestamp of the Expiration policy is not valid.');
    if (type !== 'Expiration')
      throw badPolicyType(`The policy type ${type} is not built in Cloudyard yet: its notices need EventBridge.`);
  }
  return policies;
}

function expiryOf(attributes: unknown): number {
  return Date.parse(String((attributes as { Timestamp?: unknown } | undefined)?.Timestamp));
}

/** Sets the timer of a parameter that expires, or takes it away. In a transaction. */
export function setExpiry({ name, policies }: VersionRow, ctx: Ctx): void {
  const expiration = policies.find(({ Type }) => Type === 'Expiration');
  if (expiration === undefined) ctx.disarm('expire', name);
  else ctx.arm('expire', name, expiryOf(expiration.Attributes), { name });
}
