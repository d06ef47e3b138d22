/** Policies of parameters: when one expires, and when that is told beforehand, or that nobody changed it. Source: Systems Manager User Guide, "Assigning parameter policies". */
import { HOUR, MINUTE, type Millis, SECOND } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import { badPolicy, badPolicyType, noExpiration, tooManyPolicies, twoExpirations } from '../errors.ts';
import { POLICIES_MAX } from '../limits.ts';
import type { VersionRow } from '../state.ts';

export type ParameterPolicy = VersionRow['policies'][number];

const TYPES = ['Expiration', 'ExpirationNotification', 'NoChangeNotification'];
/** `2018-12-02T21:34:33.000Z`, with or without a part of a second, or an offset, which may have seconds. */
const INSTANT = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(?:Z|([+-])(\d{2}):?(\d{2})(?::(\d{2}))?)$/;
const UNITS: { readonly [unit: string]: Millis } = { Days: 24 * HOUR, Hours: HOUR };

/** @throws {ServiceError} InvalidPolicyTypeException, InvalidPolicyAttributeException, IncompatiblePolicyException, PoliciesLimitExceededException */
export function policiesOf(text: string | undefined): VersionRow['policies'] {
  if (text === undefined || text === '') return [];
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw badPolicy('Invalid policies input: the policies should be a JSON array.');
  }
  if (!Array.isArray(given)) throw badPolicy('Invalid policies input: the policies should be a JSON array.');
  if (given.length > POLICIES_MAX) throw tooManyPolicies();
  const policies = given.filter(
    (one) => one !== null && typeof one === 'object' && Object.keys(one).length > 0,
  ) as VersionRow['policies'];
  const isOf = (wanted: string) => policies.some(({ Type }) => Type === wanted);
  if (isOf('ExpirationNotification') && !isOf('Expiration')) throw noExpiration();
  for (const policy of policies) {
    const { Type: type } = policy;
    if (!TYPES.includes(type))
      throw badPolicyType(`The policy type ${type} is not supported. Supported types are: ${TYPES.join(', ')}.`);
    if (!Number.isFinite(dueAt(policy, policies, 0)))
      throw badPolicy(
        type === 'Expiration'
          ? 'The timestamp of the Expiration policy is not valid.'
          : `The attributes of the ${type} policy are not valid.`,
      );
  }
  if (policies.filter(({ Type }) => Type === 'Expiration').length > 1) throw twoExpirations();
  return policies;
}

/**
 * When a policy is to be applied; no number where its attributes say none.
 *
 * @param all policies of the parameter: notice is given before the one that says when it expires
 */
function dueAt(
  { Type: type, Attributes }: ParameterPolicy,
  all: readonly ParameterPolicy[],
  modifiedAt: Millis,
): Millis {
  const { Timestamp, Before, After, Unit } = (Attributes ?? {}) as { [name: string]: unknown };
  if (type === 'Expiration') return instantOf(String(Timestamp));
  const unit = UNITS[String(Unit)] ?? Number.NaN;
  if (type === 'NoChangeNotification') return modifiedAt + countOf(After) * unit;
  const expiration = all.find((one) => one.Type === 'Expiration');
  return expiration === undefined ? Number.NaN : dueAt(expiration, all, modifiedAt) - countOf(Before) * unit;
}

function instantOf(text: string): Millis {
  const [, local = '', sign = '+', hours = '0', minutes = '0', seconds = '0'] = INSTANT.exec(text) ?? [];
  const offset = Number(hours) * HOUR + Number(minutes) * MINUTE + Number(seconds) * SECOND;
  return Date.parse(`${local}Z`) - Number(`${sign}1`) * offset;
}

function countOf(text: unknown): number {
  return /^[1-9]\d{0,3}$/.test(String(text)) ? Number(text) : Number.NaN;
}

/** Whether a policy of a version has been applied. */
export function isApplied(policy: ParameterPolicy, { policies, modifiedAt }: VersionRow, now: Millis): boolean {
  return dueAt(policy, policies, modifiedAt) <= now;
}

/** Sets the timers of a parameter's policies anew, one for each. In a transaction. */
export function setTimers({ name, policies, modifiedAt }: VersionRow, ctx: Ctx): void {
  clearTimers(name, ctx);
  for (const [index, policy] of policies.entries())
    ctx.arm('policy', timerOf(name, index), dueAt(policy, policies, modifiedAt), { name, index });
}

/** Takes them away. In a transaction. */
export function clearTimers(name: string, ctx: Ctx): void {
  for (let index = 0; index < POLICIES_MAX; index += 1) ctx.disarm('policy', timerOf(name, index));
}

const timerOf = (name: string, index: number) => `${name} ${index}`;
