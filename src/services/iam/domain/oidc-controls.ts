/**
 * Whom of an identity provider that many share a new trust policy must say: without it everyone there could assume the role.
 *
 * Source: IAM User Guide, "Identity-provider controls for shared OIDC providers"; what is taken and refused: radkawar/stackd, measured in 2026.
 */
import { matchesPattern, type Policy } from '#kernel/identity';
import { malformedPolicy } from '../errors.ts';

type Statement = Policy['statements'][number];
type Condition = Statement['conditions'][number];

const WEB_IDENTITY = 'sts:assumerolewithwebidentity';
const GITHUB = 'token.actions.githubusercontent.com';
/** By issuer: the claim after its name that must be asked for. */
const SHARED: ReadonlyMap<string, string> = new Map([
  ['agent.buildkite.com', 'sub'],
  ['api.pulumi.com/oidc', 'aud'],
  ['app.terraform.io', 'sub'],
  ['cognito-identity.amazonaws.com', 'aud'],
  ['gitlab.com', 'sub'],
  ['oidc-configuration.audit-log.githubusercontent.com', 'sub'],
  ['oidc.codefresh.io', 'sub'],
  ['oidc.op1.openshiftapps.com/2c51blsaqa9gkjt0o9rt11mle8mmropu', 'sub'],
  ['oidc.op1.openshiftapps.com/2f785sojlpb85i7402pk3qogugim5nfb', 'sub'],
  ['oidc.vercel.com', 'aud'],
  ['proidc.upbound.io', 'sub'],
  ['rh-oidc.s3.us-east-1.amazonaws.com/22ejnvnnturfmt6km08idd0nt4hekbn7', 'sub'],
  ['rh-oidc.s3.us-east-1.amazonaws.com/23e3sd27sju1hoou6ohfs68vbno607tr', 'sub'],
  ['rh-oidc.s3.us-east-1.amazonaws.com/23ne21h005qjl3n33d8dui5dlrmv2tmg', 'sub'],
  ['rh-oidc.s3.us-east-1.amazonaws.com/24jrf12m5dj7ljlfb4ta2frhrcoadm26', 'sub'],
  ['sandboxes.cloud', 'aud'],
  ['scalr.io', 'sub'],
  ['studio.datachain.ai/api', 'sub'],
  ['tokens.cloud.shisho.dev', 'sub'],
  ['vstoken.actions.githubusercontent.com', 'sub'],
]);
/** Those whose key is not of the issuer's name. */
const OTHER_KEYS: ReadonlyMap<string, string> = new Map([
  ['sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d', 'sts:RoleSessionName'],
]);
/** Providers that IAM itself knows: one of these claims, in this case, and compared as a whole. */
const BUILT_IN: ReadonlyMap<string, readonly string[]> = new Map([
  ['accounts.google.com', ['aud', 'oaud', 'sub']],
  ['www.amazon.com', ['app_id', 'sub']],
  ['graph.facebook.com', ['app_id', 'sub']],
]);

/**
 * @param statements of a trust policy
 * @throws {ServiceError} MalformedPolicyDocument
 */
export function checkSharedProviders(statements: readonly Statement[]): void {
  for (const { effect, actions, principals, conditions } of statements) {
    if (effect === 'Deny' || !actions.some((one) => matchesPattern(one, WEB_IDENTITY))) continue;
    for (const provider of principals?.federated ?? []) checkProvider(provider, conditions);
  }
}

function checkProvider(provider: string, conditions: readonly Condition[]): void {
  const issuer = provider.replace(/^.*:oidc-provider\//, '');
  const builtIn = BUILT_IN.get(issuer)?.map((claim) => `${issuer}:${claim}`);
  if (builtIn !== undefined) {
    if (conditions.some((one) => isWhole(one) && builtIn.includes(one.keyText))) return;
    throw malformedPolicy(`Policy trusting ${issuer} requires a StringEquals condition on an application id`);
  }
  const keys = keysOf(issuer);
  if (keys.length === 0 || isScoped(conditions, keys, issuer.startsWith(GITHUB))) return;
  throw malformedPolicy(
    `Trust policy with trusted principal ${provider} must evaluate, using StringEquals, StringLike or StringEqualsIgnoreCase, ${keys.join(' or ')} which is not scoped to all`,
  );
}

function keysOf(issuer: string): string[] {
  if (issuer.startsWith(GITHUB)) return [`${issuer}:sub`, `${issuer}:job_workflow_ref`];
  const claim = SHARED.get(issuer);
  const other = OTHER_KEYS.get(issuer);
  return claim === undefined ? (other === undefined ? [] : [other]) : [`${issuer}:${claim}`];
}

/** Of one operator, all values of all keys must be for less than everyone; one such operator is enough. */
function isScoped(conditions: readonly Condition[], keys: readonly string[], isGithub: boolean): boolean {
  const wanted = keys.map((key) => key.toLowerCase());
  const byOperator = Map.groupBy(
    conditions.filter((one) => (isWhole(one) || isLike(one)) && wanted.includes(one.key)),
    ({ operator }) => operator,
  );
  return [...byOperator.values()].some((group) =>
    group.every(({ values }) => !values.some((value) => isForAll(value, isGithub))),
  );
}

function isForAll(value: string, isGithub: boolean): boolean {
  return value === '*' || (isGithub && (value.trim() === '' || value.startsWith('*')));
}

/** Set operators count, those with IfExists do not. */
const isWhole = ({ operator }: Condition) => /^(ForA(ll|ny)Values?:)?StringEquals(IgnoreCase)?$/i.test(operator);
const isLike = ({ operator }: Condition) => /^(ForA(ll|ny)Values?:)?StringLike$/i.test(operator);
