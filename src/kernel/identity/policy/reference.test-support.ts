// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written so
/**
 * A second evaluator, for tests only: slow, and written from the User Guide's flow charts over the JSON itself, with
 * regular expressions for wildcards. It shares no code with what it checks and knows only what property.test.ts generates.
 */

import type { Principal } from '../principal.ts';
import type { AuthorizationRequest } from './statement.ts';

export type RawStatement = {
  Effect: 'Allow' | 'Deny';
  Action?: string[];
  NotAction?: string[];
  Resource?: string[];
  NotResource?: string[];
  Principal?: '*' | { AWS?: string[]; Service?: string; Federated?: string };
  NotPrincipal?: '*' | { AWS?: string[]; Service?: string; Federated?: string };
  Condition?: Record<string, Record<string, string[]>>;
};

export type RawLayers = {
  identity: readonly (readonly RawStatement[])[];
  boundary?: readonly RawStatement[];
  session?: readonly (readonly RawStatement[])[];
  resource?: readonly RawStatement[];
  scps?: readonly (readonly (readonly RawStatement[])[])[];
  rcps?: readonly (readonly (readonly RawStatement[])[])[];
  resourcePolicyRequired?: boolean;
  grantToAccount?: boolean;
  /** A permission given outside the policies. */
  grant?: string;
};

type Context = AuthorizationRequest['context'];

/** `allowed explicit layer`, as evaluate's decision has them. */
export function referenceDecision(request: AuthorizationRequest, layers: RawLayers): string {
  const { principal } = request;
  const kind = principal.kind;
  const serviceLinked = kind === 'session' && principal.roleArn.includes('/aws-service-role/');
  const hasIdentity = ['user', 'session', 'federated'].includes(kind);
  const flat = (levels: RawLayers['scps']) => (levels ?? []).flat(2);
  const hits = (effect: string, statements: readonly RawStatement[]) =>
    statements.filter((one) => one.Effect === effect && covers(one, request, layers.boundary !== undefined));

  const stages: [string, boolean, readonly RawStatement[]][] = [
    ['rcp', !serviceLinked, flat(layers.rcps)],
    ['scp', !serviceLinked && (hasIdentity || kind === 'root'), flat(layers.scps)],
    ['resource', true, layers.resource ?? []],
    ['identity', hasIdentity, layers.identity.flat()],
    ['boundary', hasIdentity, layers.boundary ?? []],
    ['session', hasIdentity, (layers.session ?? []).flat()],
  ];
  for (const [layer, counts, statements] of stages)
    if (counts && hits('Deny', statements).length > 0) return `false true ${layer}`;

  for (const [layer, levels] of [
    ['rcp', layers.rcps],
    ['scp', layers.scps],
  ] as const) {
    const counts = stages.find(([name]) => name === layer)?.[1];
    if (counts && (levels ?? []).some((level) => hits('Allow', level.flat()).length === 0))
      return `false false ${layer}`;
  }

  if (layers.grant !== undefined) return 'true true resource';
  const grants = hits('Allow', layers.resource ?? []);
  const direct = grants.some(
    (one) =>
      one.NotPrincipal !== undefined ||
      isNamedItself(one.Principal, principal) ||
      isVouchedFor(one.Principal, request.context),
  );
  const viaParent = grants.some((one) => isParentNamed(one.Principal, principal));
  const owner =
    request.resourceAccount ?? /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(request.resource)?.[1] ?? principal.account;
  const crossAccount = owner !== principal.account;

  if ((!hasIdentity && kind !== 'root') || crossAccount || layers.resourcePolicyRequired) {
    if (grants.length === 0 && layers.grantToAccount !== true) return 'false false resource';
  }
  if (kind === 'root') return 'true false root';
  if (!hasIdentity || (direct && !crossAccount)) return 'true true resource';

  const byRole = viaParent && !crossAccount;
  if (!byRole && hits('Allow', layers.identity.flat()).length === 0) return 'false false identity';
  if (layers.boundary && hits('Allow', layers.boundary).length === 0) return 'false false boundary';
  const session = layers.session ?? [];
  if (session.length === 0 && kind === 'federated') return 'false false session';
  if (session.length > 0 && hits('Allow', session.flat()).length === 0) return 'false false session';
  return byRole ? 'true true resource' : 'true true identity';
}

function covers(one: RawStatement, request: AuthorizationRequest, bounded: boolean): boolean {
  const action = (one.Action ?? one.NotAction ?? []).some((pattern) => glob(pattern, 'i').test(request.action));
  if (action !== (one.Action !== undefined)) return false;
  const resource = (one.Resource ?? one.NotResource ?? []).some((pattern) => matchesResource(pattern, request));
  if (resource !== (one.Resource !== undefined)) return false;
  if (!isVouchedFor(one.Principal, request.context) && !coversPrincipal(one, request.principal, bounded)) return false;
  return Object.entries(one.Condition ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => conditionHolds(operator, key, wanted, request.context)),
  );
}

function glob(pattern: string, flags = ''): RegExp {
  return new RegExp(`^${quoted(pattern).replaceAll('\\*', '[^]*').replaceAll('\\?', '[^]')}$`, flags);
}

function quoted(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** The pattern with its variables filled in, as a regular expression; undefined when one has no value. */
function filled(pattern: string, context: Context): RegExp | undefined {
  let source = '';
  for (const part of pattern.split(/(\$\{[^}]*\})/)) {
    const variable = /^\$\{([^,}]*)(?:, '(.*)')?\}$/.exec(part);
    if (variable === null) {
      source += quoted(part).replaceAll('\\*', '[^]*').replaceAll('\\?', '[^]');
      continue;
    }
    const value = context.get((variable[1] ?? '').toLowerCase()) ?? variable[2];
    if (typeof value !== 'string') return undefined;
    source += quoted(value);
  }
  return new RegExp(`^${source}$`);
}

function matchesResource(pattern: string, request: AuthorizationRequest): boolean {
  return filled(pattern, request.context)?.test(request.resource) ?? false;
}

/** Everything the caller is, from the nearest to the account. */
function identitiesOf(principal: Principal): string[][] {
  const account = [principal.account, `arn:aws:iam::${principal.account}:root`];
  switch (principal.kind) {
    case 'user':
      return [[principal.arn, principal.id], account];
    case 'session':
      return [[principal.arn], [principal.roleArn, principal.id.split(':')[0] ?? ''], account];
    case 'federated':
      return [[principal.arn], account];
    case 'root':
      return [account];
    case 'service':
      return [[principal.service]];
    case 'anonymous':
      return [['nobody']];
  }
}

function namesOf(element: RawStatement['Principal']): string[] {
  if (element === undefined || element === '*') return [];
  return [...(element.AWS ?? []), ...(element.Service ? [element.Service] : [])];
}

function isListed(element: RawStatement['Principal'], identity: readonly string[]): boolean {
  return element === '*' || namesOf(element).some((name) => identity.includes(name));
}

function isNamedItself(element: RawStatement['Principal'], principal: Principal): boolean {
  return isListed(element, identitiesOf(principal)[0] ?? []);
}

/** Whether the element means whoever an identity provider vouches for, and it does for this caller. */
function isVouchedFor(element: RawStatement['Principal'], context: Context): boolean {
  return (
    typeof element === 'object' &&
    element.Federated !== undefined &&
    element.Federated === context.get('aws:federatedprovider')
  );
}

function isParentNamed(element: RawStatement['Principal'], principal: Principal): boolean {
  if (principal.kind === 'session') return isListed(element, identitiesOf(principal)[1] ?? []);
  return principal.kind === 'federated' && isListed(element, [principal.issuerArn]);
}

function coversPrincipal(one: RawStatement, principal: Principal, bounded: boolean): boolean {
  const meant = (element: RawStatement['Principal']) =>
    identitiesOf(principal).some((identity) => isListed(element, identity)) || isParentNamed(element, principal);
  if (one.Principal !== undefined) return meant(one.Principal);
  if (one.NotPrincipal === undefined) return true;
  if (one.Effect === 'Allow') return !meant(one.NotPrincipal);
  if (bounded && (principal.kind === 'user' || principal.kind === 'session')) return true;
  return !identitiesOf(principal).every((identity) => isListed(one.NotPrincipal, identity));
}

function conditionHolds(operator: string, key: string, wanted: readonly string[], context: Context): boolean {
  const given = context.get(key.toLowerCase());
  const values = given === undefined ? [] : typeof given === 'string' ? [given] : given;
  if (operator === 'Null') return wanted.some((one) => (one.toLowerCase() === 'true') === (values.length === 0));
  const [, set, base = '', ifExists] = /^(?:(\w+):)?(\w+?)(IfExists)?$/.exec(operator) ?? [];
  const negated = base.includes('Not');
  if (base.startsWith('Arn') && values.some((value) => !value.startsWith('arn:'))) return false;
  const test = (value: string) =>
    wanted.some((one) => compare(base.replace('Not', ''), value, one, context)) !== negated;
  if (set === undefined && values.length > 0 && typeof given !== 'string') return false;
  if (values.length === 0) return set === undefined ? ifExists !== undefined || negated : set === 'ForAllValues';
  if (set === 'ForAllValues' || (set === undefined && negated)) return values.every(test);
  return values.some(test);
}

function compare(operator: string, given: string, wanted: string, context: Context): boolean {
  const millis = (text: string) => (/^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text));
  switch (operator) {
    case 'StringEquals':
      return given === wanted.replace('${aws:username}', String(context.get('aws:username') ?? '\0'));
    case 'Bool':
      return (given.toLowerCase() === 'true') === (wanted.toLowerCase() === 'true');
    case 'StringEqualsIgnoreCase':
      return given.toLowerCase() === wanted.toLowerCase();
    case 'StringLike':
      return filled(wanted, context)?.test(given) ?? false;
    case 'NumericLessThan':
      return Number(given) < Number(wanted);
    case 'NumericEquals':
      return Number(given) === Number(wanted);
    case 'NumericGreaterThanEquals':
      return Number(given) >= Number(wanted);
    case 'DateLessThan':
      return millis(given) < millis(wanted);
    case 'DateEquals':
      return millis(given) === millis(wanted);
    case 'DateGreaterThanEquals':
      return millis(given) >= millis(wanted);
    case 'IpAddress':
      return ['10.1.2.3 in 10.0.0.0/8', '10.1.2.3 in 10.1.2.3', '2001:db8::1 in 2001:db8::/32'].includes(
        `${given} in ${wanted}`,
      );
    case 'ArnLike':
    case 'ArnEquals':
      return wanted.split(':').every((part, index) => glob(part).test(given.split(':')[index] ?? '\0'));
    default:
      throw new Error(`the reference does not know ${operator}`);
  }
}
