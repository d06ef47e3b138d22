/** Whether the caller may do this: the operation's access rules, the policies of every layer, and a denial that says why. */
import { parseArn } from '#kernel/base';
import type { Access } from '#kernel/contract';
import {
  type AuthorizationRequest,
  type Decision,
  denialMessage,
  evaluate,
  type NamedPolicy,
  type PolicyLayers,
  type Principal,
  parsePolicy,
  readsContext,
  type SessionRow,
} from '#kernel/identity';
import { conditionContext } from '../conditions.ts';
import { CallContext } from '../context.ts';
import { Exchange, inProcessRequest, useFacts } from '../exchange.ts';
import { faceOf, trouble } from '../faces.ts';
import type { CallerFacts, Kernel } from '../kernel.ts';
import { factsOf, reachOf } from '../reach.ts';

export function authorize(x: Exchange, kernel: Kernel): void {
  const { loaded, caller, operation } = x;
  if (loaded?.service === undefined || caller === undefined) return;
  const { service } = loaded;
  x.ctx ??= newContext(x, kernel);
  const rule = service.access?.[operation];
  const { principal } = caller;
  if (
    principal.kind === 'anonymous' &&
    service.allowsAnonymous !== true &&
    loaded.model.operations[operation]?.noAuth !== true
  ) {
    const text = service.voice?.missingToken ?? 'Missing Authentication Token';
    throw trouble(faceOf(service.name, x.protocol?.name ?? 'json'), 'missing-token', text);
  }
  if (principal.kind === 'anonymous' && loaded.model.operations[operation]?.noAuth === true && rule === undefined)
    return;
  const { ctx } = x;
  const wanted =
    rule === undefined
      ? [{ action: `${service.prefix}:${operation}`, resource: '*' }]
      : ctx.run(() => rule(x.input, ctx));
  for (const access of Array.isArray(wanted) ? (wanted as readonly Access[]) : [wanted as Access]) {
    if (principal.kind === 'user' || principal.kind === 'session') {
      const entity = x.session?.identityId ?? principal.id;
      kernel.directory.accesses.note(principal.account, entity, access.action, x.now, x.region);
    }
    decide(x, kernel, access);
  }
}

/**
 * Whether those whom the facts name may have what a service does in their name.
 *
 * @throws {ServiceError} the denial
 */
export function authorizeAs(kernel: Kernel, facts: CallerFacts, access: Access): void {
  const x = new Exchange(inProcessRequest(), kernel.random.stream('gateway').uuid(), kernel.clock.now());
  useFacts(x, facts);
  decide(x, kernel, access);
}

/** Of another account's role. Source: artilleryio/chaos-lambda, issue 29; amazon-archives/aws-apigateway-importer, issue 25. */
const PASS_ROLE = 'iam:PassRole';

/** Whether an ARN is of another account. */
function isElsewhere(text: string, account: string): boolean {
  const arn = parseArn(text);
  return arn !== undefined && /^\d{12}$/.test(arn.account) && arn.account !== account;
}

const NO_CONTEXT: AuthorizationRequest['context'] = new Map();

function decide(x: Exchange, kernel: Kernel, access: Access): void {
  const owner = access.account ?? x.account;
  x.owner = owner;
  decideOn(x, kernel, access, owner);
  noteTouched(x, access, owner);
}

/** Source: CloudTrail User Guide, "Example sharedEventID"; IAM User Guide, "Logging IAM and AWS STS API calls"; S3 User Guide, "Amazon S3 object-level actions in cross-account scenarios". */
function noteTouched(x: Exchange, { action, resource: arn }: Access, account: string): void {
  const service = x.loaded?.head.name;
  if (service !== 'kms' && service !== 's3' && service !== 'sts') return;
  const isOwn = action.startsWith(`${service}:`) || (service === 's3' && action.startsWith('s3express:'));
  if (arn === '*' || !isOwn) return;
  // Of buckets and objects only whose they are matters.
  if (service === 's3' ? account === x.account || x.touched !== undefined : x.touched?.some((one) => one.arn === arn))
    return;
  x.touched ??= [];
  x.touched.push({ arn, account });
}

function decideOn(x: Exchange, kernel: Kernel, access: Access, owner: string): void {
  const { caller, session } = x;
  if (caller === undefined) return;
  const { principal } = caller;
  if (x.isUnseen && owner === x.account) return;
  if (access.action === PASS_ROLE && isElsewhere(access.resource, owner))
    throw refusal(x, 'Cross-account pass role is not allowed.');
  const layers = layersFor(kernel, principal, session, access, owner);
  // The usual caller of a cloud that nobody has set up: nothing can deny it.
  if (principal.kind === 'root' && owner === principal.account && isUnguarded(layers)) return;
  const request: AuthorizationRequest = {
    principal,
    action: access.action,
    resource: access.resource,
    resourceAccount: owner,
    context: readsContext(layers) ? conditionContext(x, kernel, access) : NO_CONTEXT,
    open: access.open,
  };
  const byPolicies = evaluate(request, layers);
  const grant = byPolicies.allowed || byPolicies.explicit ? undefined : access.grantedBy?.();
  const allLayers =
    grant === undefined
      ? layers
      : typeof grant === 'string'
        ? { ...layers, grant }
        : { ...layers, grantToAccount: true };
  const decision = grant === undefined ? byPolicies : evaluate(request, allLayers);
  kernel.decisions.add({ requestId: x.requestId, request, layers: allLayers, decision });
  if (!decision.allowed)
    throw denial(x, access.called === undefined ? request : { ...request, resource: access.called }, decision);
}

function layersFor(
  kernel: Kernel,
  principal: Principal,
  session: SessionRow | undefined,
  access: Access,
  owner: string,
): PolicyLayers {
  const rcps = kernel.directory.rcpsOf(owner);
  const layers = kernel.directory.layersOf(principal, session);
  const own = rcps === undefined ? layers : { ...layers, rcps };
  if (access.policy === undefined) return own;
  const decides = access.policyDecides === true;
  return {
    ...own,
    resource: resourcePolicy(access.policy, access.action.startsWith('sts:') ? 'trust' : 'resource'),
    resourcePolicyRequired: decides,
  };
}

function isUnguarded({ resource, scps, rcps }: PolicyLayers): boolean {
  return resource === undefined && scps === undefined && rcps === undefined;
}

/** Source: answers recorded from S3; S3 User Guide, "Troubleshoot access denied (403 Forbidden) errors": reasons are told to users and roles within an account only. */
function denial(x: Exchange, request: AuthorizationRequest, decision: Decision): Error {
  const face = faceOf(x.loaded?.head.name ?? '', x.protocol?.name ?? 'json');
  if (face !== 's3' || x.loaded?.service?.voice?.denied !== undefined)
    return refusal(x, denialMessage(request, decision));
  const { principal, resource, resourceAccount } = request;
  // Source: S3 User Guide, "Differences for directory buckets": they have no enhanced messages.
  const isExpress = request.action.startsWith('s3express:');
  const isPerson = principal.kind !== 'anonymous' && principal.kind !== 'service';
  if (!isPerson || principal.account !== resourceAccount || isExpress) return trouble(face, 'denied', 'Access Denied');
  const shown = resource === '' ? '' : `"${resource}"`;
  return trouble(face, 'denied', denialMessage({ ...request, resource: shown }, decision));
}

/** A denial in the service's own form. */
function refusal({ loaded, protocol }: Exchange, text: string): Error {
  const own = loaded?.service?.voice?.denied;
  return own === undefined
    ? trouble(faceOf(loaded?.head.name ?? '', protocol?.name ?? 'json'), 'denied', text)
    : own(text);
}

const KEPT_MAX = 2_000;
const parsed = new Map<string, NamedPolicy>();

function resourcePolicy(text: string, kind: 'resource' | 'trust'): NamedPolicy {
  const id = `${kind}${text}`;
  let policy = parsed.get(id);
  if (policy === undefined) {
    if (parsed.size >= KEPT_MAX) parsed.clear();
    parsed.set(id, (policy = { name: 'resource policy', policy: parsePolicy(text, kind) }));
  }
  return policy;
}

/** The context of an exchange whose caller is known. */
export function newContext(x: Exchange, kernel: Kernel): CallContext {
  const { request, caller, loaded } = x;
  if (caller === undefined || loaded === undefined) throw new Error('authorize runs after authenticate');
  const host = request.headers.host;
  return new CallContext(kernel, {
    service: loaded.head.name,
    prefix: loaded.service?.prefix ?? loaded.head.name,
    account: x.account,
    region: x.region,
    now: x.now,
    requestId: x.requestId,
    caller,
    endpoint: host === undefined ? kernel.endpoint() : `${request.secure ? 'https' : 'http'}://${host}`,
    http: { method: request.method, path: x.path, query: x.query, headers: request.headers, trailers: x.trailers },
    metrics: loaded.service?.metrics,
    isBackground: x.isInside,
    gone: () => request.gone,
    authorize: (access) => decide(x, kernel, access),
    tellTrail: (more) => {
      x.additional = more;
    },
    reach: () =>
      reachOf(
        kernel,
        { endpoint: loaded.head.endpoint, account: x.account, region: x.region },
        factsOf(caller, x.session, x.region),
      ),
  });
}
