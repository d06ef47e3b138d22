/** From the text of a policy to its compiled form, with AWS's checks in AWS's order. */

import { checkActions, findResourceFault } from './checks.ts';
import { compileCondition, hasBadDate } from './conditions.ts';
import { type Policy, PolicyError, type PolicyKind, type Statement, type Template } from './document.ts';
import { compilePrincipals, type RawPrincipals } from './principals.ts';
import { type RawPolicy, type RawStatement, readPolicy } from './read.ts';
import { compileAction, compileTemplate } from './variables.ts';

/** What a kind of policy asks of its statements. */
type Rules = {
  /** Managed policies and those of Organizations are of 2012-10-17 only; elsewhere, also inline, the old version, which is the default, still counts. */
  version2012: boolean;
  principal: 'required' | 'prohibited';
  resource: 'required' | 'prohibited' | 'optional';
  /** IAM's checks of ARNs; other services check theirs themselves. */
  checksResources: boolean;
  /** IAM's alphabet for Sid; SQS, S3 and others are freer. */
  plainSid: boolean;
};

const RULES: Readonly<Record<PolicyKind, Rules>> = {
  identity: {
    version2012: false,
    principal: 'prohibited',
    resource: 'required',
    checksResources: true,
    plainSid: true,
  },
  managed: { version2012: true, principal: 'prohibited', resource: 'required', checksResources: true, plainSid: true },
  scp: { version2012: true, principal: 'prohibited', resource: 'required', checksResources: true, plainSid: true },
  rcp: { version2012: true, principal: 'required', resource: 'required', checksResources: true, plainSid: true },
  trust: { version2012: false, principal: 'required', resource: 'prohibited', checksResources: false, plainSid: true },
  resource: {
    version2012: false,
    principal: 'required',
    resource: 'optional',
    checksResources: false,
    plainSid: false,
  },
};

/**
 * Parses, checks and compiles a policy.
 *
 * @param text JSON, at most POLICY_LENGTH_MAX; the service's own size quota is the caller's to check
 * @param kind what the policy is attached to
 * @throws {PolicyError} with AWS's reason; the caller gives it the service's error code (MalformedPolicyDocument, …)
 * @see IAM User Guide, "Grammar of the IAM JSON policy language"; texts as checks.ts says, unless named here
 */
export function parsePolicy(text: string, kind: PolicyKind): Policy {
  const raw = readPolicy(text);
  const rules = RULES[kind];
  if (rules.version2012 && raw.version !== '2012-10-17') {
    throw new PolicyError('Policy document must be version 2012-10-17 or greater.');
  }
  const version = raw.version ?? '2008-10-17';
  const variables = version === '2012-10-17';
  if (raw.statements.some(({ effect }) => effect !== 'Allow' && effect !== 'Deny')) {
    throw new PolicyError('The policy failed legacy parsing');
  }
  const conditions = raw.statements.map((statement) =>
    statement.conditions.map((entry) => compileCondition(entry, variables, statement.effect === 'Deny')),
  );
  // Sessions' policies, which are like those of identities, may have such. Source: radkawar/stackd, measured in 2026.
  if (kind !== 'identity' && conditions.flat().some(hasBadDate))
    throw new PolicyError('The policy failed legacy parsing');
  const resourceFault = rules.checksResources ? firstFault(raw) : undefined;
  checkSids(raw, rules.plainSid);
  if (raw.statements.some(({ actions = [] }) => actions.length === 0)) {
    throw new PolicyError('Policy statement must contain actions.');
  }
  if (resourceFault !== undefined) throw new PolicyError(resourceFault);
  if (rules.resource === 'required' && raw.statements.some(({ resources = [] }) => resources.length === 0)) {
    throw new PolicyError('Policy statement must contain resources.');
  }
  for (const { actions = [] } of raw.statements) checkActions(actions);
  for (const statement of raw.statements) checkElements(statement, kind);
  const statements = raw.statements.map((statement, index): Statement => {
    return { ...compileStatement(statement, index, kind, variables), conditions: conditions[index] ?? [] };
  });
  return deepFreeze({
    kind,
    version,
    id: raw.id,
    statements,
    allows: statements.filter(({ effect }) => effect === 'Allow'),
    denies: statements.filter(({ effect }) => effect === 'Deny'),
    readsContext: statements.some(readsContext),
  });
}

function firstFault(raw: RawPolicy): string | undefined {
  let first: string | undefined;
  for (const statement of raw.statements) {
    const fault = findResourceFault(statement);
    first ??= fault;
  }
  return first;
}

/** What conditions, templates and principals.ts ask of a context. */
function readsContext({ conditions, resources, principals }: Statement): boolean {
  return (
    conditions.length > 0 ||
    resources?.some((resource) => resource.pattern === undefined) === true ||
    (principals !== undefined && (principals.federated.size > 0 || (principals.everyone && principals.signedOnly)))
  );
}

function checkSids(raw: RawPolicy, plain: boolean): void {
  const seen = new Set<string>();
  for (const { sid } of raw.statements) {
    if (sid === undefined || sid === '') continue;
    if (seen.has(sid)) throw new PolicyError('Statement IDs (SID) in a single policy must be unique.');
    seen.add(sid);
    // IAM User Guide, "IAM JSON policy elements: Sid"; the text is IAM's answer to PutUserPolicy.
    if (plain && !/^[0-9A-Za-z]*$/.test(sid)) {
      throw new PolicyError(
        'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
      );
    }
  }
}

/**
 * Elements that this kind of policy must or must not have. The texts are IAM's answers as users report them: where no
 * issue is named, to CreateRole and UpdateAssumeRolePolicy. "NotPrincipal" and "NotResource" follow "Resource" by analogy.
 */
function checkElements(statement: RawStatement, kind: PolicyKind): void {
  const rules = RULES[kind];
  const { principals, resources } = statement;
  if (rules.principal === 'prohibited' && principals !== undefined) {
    // hashicorp/terraform-provider-aws#10419.
    throw new PolicyError('Policy document should not specify a principal.');
  }
  // humanmade/S3-Uploads#191.
  if (rules.principal === 'required' && isNobody(principals)) throw new PolicyError('Missing required field Principal');
  if (kind !== 'resource' && statement.notPrincipal) throw new PolicyError('Has prohibited field NotPrincipal');
  if (kind === 'rcp' && principals !== '*' && !principals?.get('AWS')?.includes('*')) {
    // AWS Organizations User Guide, "RCP syntax": only "*". Text: Organizations' MalformedPolicyDocumentException.
    throw new PolicyError('The provided policy document does not meet the requirements of the specified policy type.');
  }
  if (rules.resource === 'prohibited' && resources !== undefined) {
    throw new PolicyError(`Has prohibited field ${statement.notResource ? 'NotResource' : 'Resource'}`);
  }
  if (kind === 'trust' && (statement.notAction || !statement.actions?.every((action) => /^sts:/i.test(action)))) {
    throw new PolicyError('AssumeRole policy may only specify STS AssumeRole actions.');
  }
}

function isNobody(principals: RawPrincipals | undefined): boolean {
  return (
    principals === undefined || (principals !== '*' && [...principals.values()].every((values) => values.length === 0))
  );
}

function compileStatement(
  raw: RawStatement,
  index: number,
  kind: PolicyKind,
  variables: boolean,
): Omit<Statement, 'conditions'> {
  return {
    index,
    sid: raw.sid === '' ? undefined : raw.sid,
    effect: raw.effect === 'Allow' ? 'Allow' : 'Deny',
    principals: raw.principals === undefined ? undefined : compilePrincipals(raw.principals, kind === 'trust'),
    notPrincipal: raw.notPrincipal,
    actions: (raw.actions ?? []).map(compileAction),
    notAction: raw.notAction,
    resources: raw.resources?.map((resource) => compileOneResource(resource, kind, variables)),
    notResource: raw.notResource,
  };
}

/**
 * IAM fills a short ARN with stars, as its error texts show (`arn:b:c` is reported as `arn:b:c:*:*:*`), but none that has
 * policy variables, which may be anywhere in it (radkawar/stackd, measured in 2026; AWS's own policies have them for accounts).
 *
 * Deviation: a `*` matches over colons anywhere in the ARN; AWS documents it for a part's last character only.
 *
 * @see IAM User Guide, "IAM JSON policy elements: Resource"
 */
function compileOneResource(resource: string, kind: PolicyKind, variables: boolean): Template {
  const colons = resource.split(':').length - 1;
  const varies = variables && resource.includes('${');
  const short = RULES[kind].checksResources && resource.startsWith('arn:') && colons < 5 && !varies;
  const whole = short ? resource + ':*'.repeat(5 - colons) : resource;
  return compileTemplate(whole, { wildcards: true, variables, fold: false });
}

function deepFreeze(policy: Policy): Policy {
  for (const statement of policy.statements) {
    for (const condition of statement.conditions) Object.freeze(condition);
    for (const list of [statement.actions, statement.resources, statement.conditions]) Object.freeze(list);
    Object.freeze(statement);
  }
  for (const list of [policy.statements, policy.allows, policy.denies]) Object.freeze(list);
  return Object.freeze(policy);
}
