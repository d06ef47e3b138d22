/**
 * Bucket policies as S3 keeps them: without white space, members in its order, lists of one as their item, accounts as ARNs.
 *
 * @see answers recorded in github.com/hashicorp/terraform/issues/2432, 4278 and 4948, terraform-provider-aws/issues/20456,
 *      snyk/driftctl/issues/493, ansible/ansible-modules-extras/issues/2618, aws/aws-cli/issues/849 (a version that is not told)
 */

type Members = { readonly [name: string]: unknown };

const ORDER = ['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'NotResource'];

/**
 * A policy's text as GetBucketPolicy tells it; it means the same.
 *
 * @param text      a policy whose language has been checked
 * @param partition where accounts' ARNs are of
 */
export function keptPolicy(text: string, partition: string): string {
  const { Version = '2008-10-17', Id, Statement } = JSON.parse(text) as Members;
  const statements = [Statement].flat().map((one) => keptStatement(one as Members, partition));
  return JSON.stringify({ Version, Id, Statement: statements });
}

function keptStatement(statement: Members, partition: string): Members {
  const kept = ORDER.filter((name) => name in statement).map((name) => {
    const value = statement[name];
    return [name, name.endsWith('Principal') ? keptPrincipal(value, partition) : single(value)];
  });
  const { Condition } = statement;
  return { ...Object.fromEntries(kept), Condition: mapped(Condition, (keys) => mapped(keys, single)) };
}

function keptPrincipal(principal: unknown, partition: string): unknown {
  const kept = mapped(principal, single);
  if (typeof kept !== 'object' || kept === null || !('AWS' in kept)) return kept;
  const named = (one: unknown) =>
    typeof one === 'string' && /^\d{12}$/.test(one) ? `arn:${partition}:iam::${one}:root` : one;
  return { ...kept, AWS: Array.isArray(kept.AWS) ? kept.AWS.map(named) : named(kept.AWS) };
}

/** The item of a list of one; anything else as it is. */
const single = (value: unknown): unknown => (Array.isArray(value) && value.length === 1 ? value[0] : value);

/** An object with another value for each of its members; what is no object stays. */
function mapped(value: unknown, change: (member: unknown) => unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, change(member)]));
}
