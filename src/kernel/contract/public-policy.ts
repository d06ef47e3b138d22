/**
 * Whether a resource's policy is public: it allows anybody something, under no condition that names who or where from.
 *
 * @see S3 User Guide, "Blocking public access to your Amazon S3 storage", The meaning of "public"; DynamoDB Developer Guide, "Blocking public access
 * with resource-based policies in DynamoDB"; Secrets Manager User Guide, "Block public access"
 */

/** Keys whose fixed values make a statement non-public. */
const FIXING = new Set([
  'aws:principalaccount',
  'aws:principalarn',
  'aws:principalorgid',
  'aws:principalorgpaths',
  'aws:sourceaccount',
  'aws:sourcearn',
  'aws:sourceip',
  'aws:sourceowner',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:userid',
]);
/** Of these a part may be open, where the account isn't. */
const ARNS = new Set(['aws:principalarn', 'aws:sourcearn']);
/** Networks wider than these are as good as everywhere. */
const V4_BITS_MIN = 8;
const V6_BITS_MIN = 32;

type Statement = {
  Effect?: string;
  Principal?: unknown;
  NotPrincipal?: unknown;
  Condition?: { [operator: string]: { [key: string]: unknown } };
};

/** Whether a value of a condition's key, in lower case, names who or where from. */
export type NamesSome = (key: string, value: string) => boolean;

/**
 * @param text a policy that has been checked
 * @param own  judges keys of the service's own
 */
export function isPublicPolicy(text: string, own: NamesSome = () => false): boolean {
  const { Statement } = JSON.parse(text) as { Statement?: Statement | Statement[] };
  const namesSome: NamesSome = (key, value) => (FIXING.has(key) ? isFixed(key, value) : own(key, value));
  return [Statement ?? []]
    .flat()
    .some(
      ({ Effect, Principal, NotPrincipal, Condition }) =>
        Effect === 'Allow' &&
        (NotPrincipal !== undefined || isAnybody(Principal)) &&
        !isBounded(Condition ?? {}, namesSome),
    );
}

function isAnybody(principal: unknown): boolean {
  if (principal === '*') return true;
  if (typeof principal !== 'object' || principal === null) return false;
  // Whoever signs in with a public identity provider is anybody.
  return Object.entries(principal).some(([kind, names]) =>
    [names].flat().some((name) => name === '*' || (kind === 'Federated' && !String(name).startsWith('arn:'))),
  );
}

function isBounded(condition: NonNullable<Statement['Condition']>, namesSome: NamesSome): boolean {
  return Object.entries(condition)
    .filter(([operator]) => !/Not|^Null$|IfExists$/.test(operator))
    .flatMap(([, keys]) => Object.entries(keys))
    .some(([key, values]) => [values].flat().every((value) => namesSome(key.toLowerCase(), String(value))));
}

function isFixed(key: string, value: string): boolean {
  if (ARNS.has(key)) return isArnOfAccount(value);
  if (key !== 'aws:sourceip') return isPlain(value);
  const [address = '', bits] = value.split('/');
  return bits === undefined || Number(bits) >= (address.includes(':') ? V6_BITS_MIN : V4_BITS_MIN);
}

/** No pattern, no variable. */
export const isPlain = (value: string): boolean => !/[*?]|\$\{/.test(value);

/** An ARN that leaves open neither whose it is nor of which service. */
export const isArnOfAccount = (value: string): boolean => /^arn:[^:*]+:[^:*]+:[^:]*:[^:*]+:/.test(value);
