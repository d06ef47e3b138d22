/**
 * Whether a bucket policy is public: it allows anybody something, under no condition that names who or where from.
 *
 * @see S3 User Guide, "Blocking public access to your Amazon S3 storage", The meaning of "public"
 */

/** Keys whose fixed values make a statement non-public. */
const FIXING = new Set([
  'aws:principalarn',
  'aws:principalaccount',
  'aws:principalorgid',
  'aws:principalorgpaths',
  'aws:sourceip',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:sourceowner',
  'aws:sourceaccount',
  'aws:sourcearn',
  'aws:userid',
  's3:x-amz-server-side-encryption-aws-kms-key-id',
  's3:dataaccesspointarn',
  's3:dataaccesspointaccount',
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

const KEPT_MAX = 1_000;
const known = new Map<string, boolean>();

/**
 * @param text a policy that has been checked
 * @param of   whose it is: a bucket's may name any access point of an account, an access point's may not
 */
export function isPublicPolicy(text: string, of: 'bucket' | 'point' = 'bucket'): boolean {
  const name = `${of} ${text}`;
  let result = known.get(name);
  if (result === undefined) {
    const { Statement } = JSON.parse(text) as { Statement: Statement | Statement[] };
    result = [Statement]
      .flat()
      .some(
        (one) =>
          one.Effect === 'Allow' &&
          (one.NotPrincipal !== undefined || isAnybody(one.Principal)) &&
          !isFixed(one.Condition ?? {}, of === 'bucket'),
      );
    if (known.size >= KEPT_MAX) known.clear();
    known.set(name, result);
  }
  return result;
}

function isAnybody(principal: unknown): boolean {
  if (principal === '*') return true;
  if (typeof principal !== 'object' || principal === null) return false;
  // Whoever signs in with a public identity provider is anybody.
  return Object.entries(principal).some(([kind, names]) =>
    [names].flat().some((name) => name === '*' || (kind === 'Federated' && !String(name).startsWith('arn:'))),
  );
}

function isFixed(condition: NonNullable<Statement['Condition']>, anyPoint: boolean): boolean {
  for (const [operator, keys] of Object.entries(condition)) {
    if (/^(?:.*Not.*|Null|.*IfExists)$/.test(operator)) continue;
    for (const [key, values] of Object.entries(keys)) {
      if (
        FIXING.has(key.toLowerCase()) &&
        [values].flat().every((value) => isFixedValue(key.toLowerCase(), String(value), anyPoint))
      )
        return true;
    }
  }
  return false;
}

/** @param anyPoint whether the name of an access point may be left open */
function isFixedValue(key: string, value: string, anyPoint: boolean): boolean {
  if (key !== 'aws:sourceip')
    return ARNS.has(key) || (anyPoint && key === 's3:dataaccesspointarn')
      ? /^arn:[^:*]+:[^:*]+:[^:]*:[^:*]+:/.test(value)
      : !/[*?]|\$\{/.test(value);
  const [address = '', bits] = value.split('/');
  return bits === undefined || Number(bits) >= (address.includes(':') ? V6_BITS_MIN : V4_BITS_MIN);
}
