/**
 * Actions and resources that IAM takes in no new policy. Those of before are read all the same.
 *
 * Source: badmintoncryer/cdk-preflight, what IAM was seen to accept and refuse.
 */
import { malformedPolicy } from '../errors.ts';

type Names = string | readonly string[] | undefined;
type Statement = { Action?: Names; NotAction?: Names; Resource?: Names; NotResource?: Names; Principal?: unknown };

const listOf = (names: Names): readonly string[] => (names === undefined ? [] : [names].flat());

/** The statements of a policy as they are written, where nothing is wrong with their form. */
export function writtenIn(text: string): readonly Statement[] {
  return [(JSON.parse(text) as { Statement: Statement | Statement[] }).Statement].flat();
}

/** Of what users, groups and roles may do. Deviation: `*:*` is taken; AWS's answer to it is not known. @throws {ServiceError} MalformedPolicyDocument */
export function checkScope(statements: readonly Statement[]): void {
  for (const { Action, NotAction, Resource, NotResource } of statements) {
    for (const action of [...listOf(Action), ...listOf(NotAction)])
      if (action.startsWith('*:') && action !== '*:*')
        throw malformedPolicy('Action vendors (e.g., aws, ec2, etc.) must not contain wildcards.');
    for (const resource of [...listOf(Resource), ...listOf(NotResource)].toSorted()) {
      const fault = resourceFault(resource);
      if (fault !== undefined) throw malformedPolicy(fault);
    }
  }
}

/** All Regions of this cloud are of one partition. */
const PARTITION = /^(aws|\*)$/;
/** Resources of S3 that are not named alone, unlike buckets. */
const OF_ACCOUNTS = /^(accesspoint|job\/|storage-lens|access-grants|async-request)/;

function resourceFault(resource: string): string | undefined {
  const [, partition = '', service = '', region = '', account = '', ...rest] = resource.split(':');
  // One that is a variable, or of a partition that is, is what that is. Source: radkawar/stackd, measured in 2026.
  if (resource === '*' || /^(arn:)?\$\{/.test(resource)) return undefined;
  if (!PARTITION.test(partition)) return `Partition "${partition}" is not valid for resource "${resource}".`;
  if (/[*?]/.test(service)) return 'Resource vendor must be fully qualified and cannot contain regexes.';
  if (service === 'route53' && region !== '' && region !== '*')
    return `Resource ${resource} can not contain region information.`;
  return service === 's3' && /^\d{12}$/.test(account) && !OF_ACCOUNTS.test(rest.join(':'))
    ? `Resource ${resource} cannot contain an account id.`
    : undefined;
}

const TRUSTED = /^sts:(AssumeRole(With(SAML|WebIdentity))?|SetContext|SetSourceIdentity|TagSession)$/;

/**
 * Of what those may do whom a role trusts.
 *
 * Deviation: of actions with wildcards only `sts:*` is refused; AWS's answers to others are not known.
 *
 * @throws {ServiceError} MalformedPolicyDocument
 */
export function checkTrustActions(statements: readonly Statement[]): void {
  for (const { Action } of statements)
    for (const action of listOf(Action))
      if (!TRUSTED.test(action) && !/^sts:[^*?]+[*?]/i.test(action))
        throw malformedPolicy('AssumeRole policy may only specify STS AssumeRole actions.');
}
