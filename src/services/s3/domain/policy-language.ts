/**
 * What S3 says of a policy whose language is wrong: IAM's rules, in words of its own.
 *
 * @see answers recorded in github.com/aws/aws-cli/issues/2779 (the first byte), hashicorp/terraform-provider-aws/issues/20134 (syntax),
 *      hashicorp/terraform/issues/28688 and cn-terraform/terraform-aws-s3-static-website/issues/38 (principals that are missing, empty),
 *      versity/versitygw/issues/647, 649 and 1536, pull requests 1156 and 1176 (effects, principals, versions, JSON, statements)
 */
import { parseArn } from '#kernel/base';
import { type Ctx, policyFault } from '#kernel/contract';
import { mayBeThere } from '#services/iam/port';

type Statement = { Effect?: unknown; Principal?: unknown; NotPrincipal?: unknown };

const INVALID_PRINCIPAL = 'Invalid principal in policy';
const ACCESS_IDENTITY = /^user\/CloudFront Origin Access Identity E[A-Z0-9]+$/;

/** What is wrong with the text of a bucket's or an access point's policy; undefined when nothing is. */
export function languageFault(text: string, ctx: Ctx): string | undefined {
  if (!text.startsWith('{')) return "Policies must be valid JSON and the first byte must be '{'";
  const policy = jsonOf(text);
  if (policy === undefined) return 'This policy contains invalid Json';
  const { Version, Statement } = policy as { Version?: unknown; Statement?: Statement | Statement[] };
  if (Version !== undefined && Version !== '2008-10-17' && Version !== '2012-10-17')
    return 'The policy must contain a valid version string';
  if (Statement === undefined) return 'Missing required field Statement';
  const statements = [Statement].flat();
  if (statements.length === 0) return 'Could not parse the policy: Statement is empty!';
  const fault = statements.map(statementFault).find((one) => one !== undefined) ?? policyFault(text, 'resource');
  if (fault === 'Syntax errors in policy.') return 'Invalid policy syntax.';
  if (fault?.startsWith(INVALID_PRINCIPAL)) return INVALID_PRINCIPAL;
  return fault ?? (statements.every((one) => namesSomebody(one, ctx)) ? undefined : INVALID_PRINCIPAL);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function statementFault(statement: Statement | null): string | undefined {
  const { Effect, Principal } = statement ?? {};
  if (typeof Effect === 'string' && Effect !== 'Allow' && Effect !== 'Deny') return `Invalid effect: ${Effect}`;
  const isEmpty = typeof Principal === 'object' && Principal !== null && Object.values(Principal).flat().length === 0;
  return isEmpty ? 'Missing required field Principal cannot be empty!' : undefined;
}

/**
 * Whether the users and roles that a statement names are there.
 *
 * Deviation: accounts and who is in those outside this cloud, unique ids, CloudFront's identities and sessions are not looked for; AWS refuses those that don't exist.
 */
function namesSomebody({ Principal, NotPrincipal }: Statement, ctx: Ctx): boolean {
  const { AWS = [] } = Object(Principal ?? NotPrincipal) as { AWS?: string | string[] };
  return [AWS].flat().every((named) => {
    const arn = parseArn(named);
    if (arn === undefined || arn.service !== 'iam' || arn.resource === 'root') return true;
    if (arn.account === 'cloudfront') return ACCESS_IDENTITY.test(arn.resource);
    return mayBeThere(named, ctx.account, ctx.store);
  });
}
