/** What the policy simulator's requests say of themselves: context keys with types, and those that it fills in. Source: radkawar/stackd, measured in 2026. */
import { parseArn } from '#kernel/base';
import { hasBadDate, parseRange } from '#kernel/identity';
import type { ContextEntry } from '#models/iam';
import { invalidInput } from '../errors.ts';
import { BASE64, DECIMAL } from './condition-values.ts';

export type SimulatedContext = ReadonlyMap<string, string | readonly string[]>;

const FORMS: { readonly [type: string]: { name: string; fits: (value: string) => boolean } } = {
  numeric: { name: 'numeric', fits: (value) => DECIMAL.test(value) },
  date: { name: 'DateTime', fits: (value) => !hasBadDate({ operator: 'DateEquals', values: [value] }) },
  ip: { name: 'IP address', fits: (value) => !value.includes('/') && parseRange(value) !== undefined },
  binary: { name: 'base-64 encoded binary', fits: (value) => BASE64.test(value) },
};

/** The keys that a request gives, in lower case. @throws {ServiceError} InvalidInput. The words of its last two are ours. */
export function contextOf(entries: readonly ContextEntry[] = []): SimulatedContext {
  const context = new Map<string, string | readonly string[]>();
  for (const { ContextKeyName: key = '', ContextKeyValues: values = [], ContextKeyType: type = 'null' } of entries) {
    if (key === '') throw invalidInput('ContextKeyName cannot be null or empty.');
    if (type === 'null') throw invalidInput(`Context key ${key} has invalid type null.`);
    const [first] = values;
    if (first === undefined) throw invalidInput(`Context values for context key ${key} cannot be null or empty.`);
    const isList = type.endsWith('List');
    if (!isList && values.length > 1)
      throw invalidInput(`Context key ${type} expected a single value, but received ${values.length}.`);
    if (context.has(key.toLowerCase())) throw invalidInput(`Context key ${key} is given twice.`);
    const plain = type.replace(/List$/, '');
    const form = FORMS[plain];
    if (form !== undefined && !values.every(form.fits))
      throw invalidInput(`A value of context key ${key} is not in ${form.name} format.`);
    const read = plain === 'boolean' ? values.map((value) => String(/^true$/i.test(value))) : values;
    context.set(key.toLowerCase(), isList ? read : (read[0] ?? first));
  }
  return context;
}

/** Those of whom is asked about, where the request does not give them itself. */
export function defaultsOf(callerArn: string | undefined, account: string): SimulatedContext {
  if (callerArn === undefined)
    return new Map([
      ['aws:principalaccount', account],
      ['aws:userid', 'STUB_PRINCIPAL_FOR_POLICY_SIMULATOR'],
    ]);
  const { account: own = account, resource = '' } = parseArn(callerArn) ?? {};
  const name = resource.startsWith('user/') ? resource.slice(resource.lastIndexOf('/') + 1) : undefined;
  return new Map([
    ['aws:principalarn', callerArn],
    ['aws:principalaccount', own],
    ['aws:userid', callerArn],
    ...(name === undefined ? [] : ([['aws:username', name]] as const)),
  ]);
}
