/** Who may call a method: resource policies, IAM, and authorizers. Source: API Gateway Developer Guide, "Control and manage access to REST APIs in API Gateway". */
import { SECOND } from '#kernel/base';
import { ServiceError } from '#kernel/contract';
import { AUTHORIZER_TIMEOUT, AUTHORIZER_TTL_DEFAULT, METHOD_ARN_MAX } from '../limits.ts';
import { flushes } from '../state.ts';
import type { Call } from './call.ts';
import { callFunction, functionOf, refusalOf, saysUnauthorized } from './call-lambda.ts';
import type { CompiledMethod } from './compiled.ts';
import { DeadlineError } from './deadline.ts';
import { accessDenied, badAuthorizer, isSignature, unauthorized, unsigned, uriTooLong } from './errors.ts';
import { GatewayFault } from './gateway-responses.ts';
import { authorizeByJwt } from './jwt.ts';
import { parameterOf } from './parameters.ts';
import { proxyEvent } from './proxy-event.ts';
import { RegexError, safeRegex } from './safe-regex.ts';
import { at, contextOf, withVariables } from './templates.ts';
import { functionHeaders, functionUri, masked, tellSending } from './trail.ts';
import { checkMembers, type Verdict, verdictOf } from './verdict.ts';

/** @throws {GatewayFault} for who may not */
export async function authorize(call: Call, method: CompiledMethod): Promise<void> {
  const type = method.method.authorizationType ?? 'NONE';
  const { policy } = call.compiled.api;
  if ((type !== 'NONE' || policy !== undefined) && Buffer.byteLength(call.methodArn) > METHOD_ARN_MAX)
    throw uriTooLong();
  if (type === 'AWS_IAM') return authorizeByIam(call, policy);
  const refusal = policy === undefined ? undefined : refusalBy(call, policy);
  if (type === 'NONE') {
    if (refusal !== undefined) throw refusal.fault;
    return;
  }
  const { authorizer } = method;
  if (authorizer === undefined || authorizer.type === 'COGNITO_USER_POOLS') throw badAuthorizer();
  if ((type === 'JWT') !== (authorizer.type === 'JWT')) throw badAuthorizer();
  if (type === 'JWT') {
    await authorizeByJwt(call, authorizer, method.method.authorizationScopes ?? []);
    if (refusal !== undefined) throw refusal.fault;
    return;
  }
  // No authorizer is asked about what the API's own policy denies; else one of both has to allow. Source: "How API Gateway resource policies affect authorization workflow".
  if (refusal?.isExplicit === true) throw refusal.fault;
  await authorizeByFunction(call, authorizer, policy !== undefined && refusal === undefined);
}

async function authorizeByIam(call: Call, policy: string | undefined): Promise<void> {
  const ctx = await call.through('authenticate', async () => {
    const { authorization } = call.headers;
    if (authorization !== undefined && !isSignature(authorization)) throw unsigned(call.headers);
    const found = await call.request.authenticate('execute-api');
    if (found instanceof ServiceError) throw signatureFault(found);
    if (found.caller.principal.kind === 'anonymous') throw unsigned(call.headers);
    return found;
  });
  call.ctx = ctx;
  const asked = { action: 'execute-api:Invoke', resource: call.methodArn, account: ctx.account };
  await call.through('authorize', () => {
    try {
      ctx.authorize({ ...asked, ...(policy !== undefined && { policy }) });
    } catch (error) {
      if (error instanceof ServiceError) throw new GatewayFault('ACCESS_DENIED', shortened(error.message));
      throw error;
    }
  });
}

function signatureFault({ code, message }: ServiceError): GatewayFault {
  if (code.startsWith('ExpiredToken')) return new GatewayFault('EXPIRED_TOKEN', message);
  if (code.startsWith('InvalidSignature') || code === 'SignatureDoesNotMatch' || code.startsWith('Incomplete'))
    return new GatewayFault('INVALID_SIGNATURE', message);
  return new GatewayFault('ACCESS_DENIED', message);
}

/** Why a policy alone refuses, nobody in particular; undefined where it allows. */
function refusalBy(call: Call, policy: string): { fault: GatewayFault; isExplicit: boolean } | undefined {
  const { ctx, methodArn: resource } = call;
  try {
    ctx.authorize({ action: 'execute-api:Invoke', resource, account: ctx.account, policy, policyDecides: true });
    return undefined;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    call.say(`The client is not authorized to perform this operation. ${error.message}`);
    const fault = new GatewayFault(
      'ACCESS_DENIED',
      `User: anonymous is not authorized to perform: execute-api:Invoke on resource: ${shortened(resource)} ${because(error, 'resource')}`,
    );
    return { fault, isExplicit: isExplicit(error) };
  }
}

function isExplicit({ message }: ServiceError): boolean {
  return message.includes('explicit deny');
}

/** Why a policy of that kind refused. Source: AWS's answers, as users have published them. */
function because(error: ServiceError, kind: 'identity' | 'resource'): string {
  return isExplicit(error)
    ? `with an explicit deny in ${kind === 'identity' ? 'an' : 'a'} ${kind}-based policy`
    : `because no ${kind}-based policy allows the execute-api:Invoke action`;
}

/** AWS hides the account of what was asked for. */
function shortened(text: string): string {
  return text.replace(/(:execute-api:[^:]*:)\d{8}(\d{4}:)/, '$1********$2');
}

type Authorizer = NonNullable<CompiledMethod['authorizer']>;

/** @param isAllowed whether the API's own policy allows it, so that an authorizer need not */
async function authorizeByFunction(call: Call, authorizer: Authorizer, isAllowed: boolean): Promise<void> {
  const identity = identityOf(call, authorizer);
  const flushed =
    call.ctx.store.get(flushes, { api: call.use.apiId, stage: call.use.stage.stageName ?? '' })?.authorizers ?? 0;
  const ttl = authorizer.authorizerResultTtlInSeconds ?? AUTHORIZER_TTL_DEFAULT;
  // A client may put anything into a value, also what stands between two of them.
  const key = JSON.stringify([call.use.stage.stageName, flushed, authorizer.id, ...identity]);
  const isKept = ttl > 0 && identity.length > 0;
  const { authorizations } = call.compiled;
  let verdict = isKept ? authorizations.get(key, call.ctx.now) : undefined;
  if (verdict === undefined) {
    verdict = await call.through('authorizer', () => ask(call, authorizer, identity[0] ?? ''));
    if (isKept) authorizations.put(key, verdict, call.ctx.now + ttl * SECOND);
  }
  const { policy } = verdict;
  call.authorized = verdict;
  const asked = { action: 'execute-api:Invoke', resource: call.methodArn, account: call.ctx.account };
  await call.through('authorize', () => {
    try {
      call.ctx.authorize({ ...asked, policy, policyDecides: true });
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      if (!isAllowed || isExplicit(error)) throw accessDenied(because(error, 'identity'));
    }
  });
}

/** What the authorizer goes by, which is also what its answer is kept under. @throws {GatewayFault} where something is missing */
function identityOf(
  call: Call,
  { type, identitySource = '', identityValidationExpression, authorizerResultTtlInSeconds: ttl }: Authorizer,
): string[] {
  const sources = identitySource.split(',').filter((one) => one.trim() !== '');
  const values = sources.map((source) => sourceValue(call, source.trim()));
  const isComplete = values.every((value) => value !== undefined && value !== '');
  if (!isComplete && (type === 'TOKEN' || ttl !== 0)) throw unauthorized();
  const [token = ''] = values;
  if (type === 'TOKEN' && identityValidationExpression) {
    try {
      if (!safeRegex(identityValidationExpression).matches(token)) throw unauthorized();
    } catch (error) {
      if (error instanceof RegexError) throw badAuthorizer();
      throw error;
    }
  }
  return values.map((value) => value ?? '');
}

function sourceValue(call: Call, source: string): string | undefined {
  const context = /^\$?context\.(.+)$/.exec(source)?.[1];
  if (context === undefined) return parameterOf(call, source);
  const value = at(contextOf(call), context);
  return value === undefined || value === null ? undefined : String(value);
}

/** Asks an authorizer anew what it says of a request. @throws {GatewayFault} */
export function askAuthorizer(call: Call, authorizer: Authorizer): Promise<Verdict> {
  return ask(call, authorizer, identityOf(call, authorizer)[0] ?? '');
}

/** Asks it, and keeps apart what the log tells of that. */
async function ask(call: Call, authorizer: Authorizer, token: string): Promise<Verdict> {
  const before = call.log;
  call.log = call.admission;
  try {
    return await asked(call, authorizer, token);
  } finally {
    call.log = before;
  }
}

async function asked(call: Call, authorizer: Authorizer, token: string): Promise<Verdict> {
  const uri = withVariables(authorizer.authorizerUri ?? '', call.use.variables);
  const { partition, region, account } = call.ctx;
  const event =
    authorizer.type === 'TOKEN'
      ? { type: 'TOKEN', authorizationToken: token, methodArn: call.methodArn }
      : { type: 'REQUEST', methodArn: call.methodArn, ...asAuthorizers(proxyEvent(call, {})) };
  const arn = functionOf(uri) ?? '';
  const source = `arn:${partition}:execute-api:${region}:${account}:${call.use.apiId}/authorizers/${authorizer.id}`;
  const credentials = withVariables(authorizer.authorizerCredentials ?? '', call.use.variables);
  const payload = JSON.stringify(event);
  call.say(`Starting authorizer: ${authorizer.id} for request: ${call.requestId}`);
  if (authorizer.type === 'TOKEN') call.say(`Incoming identity: ${masked(token)}`);
  tellSending(call, functionUri(call, arn), { headers: functionHeaders(call, source), body: payload });
  try {
    const { text, hasFailed } = await callFunction(call.ctx, {
      function: arn,
      source,
      credentials,
      payload,
      timeout: AUTHORIZER_TIMEOUT,
    });
    call.say(`Authorizer result body before parsing: ${text}`, true);
    if (hasFailed && saysUnauthorized(text)) throw unauthorized();
    checkMembers(text);
    const verdict = verdictOf(text);
    call.say(`Using valid authorizer policy for principal: ${masked(verdict.principalId)}`);
    call.say('Successfully completed authorizer execution');
    return verdict;
  } catch (error) {
    if (error instanceof GatewayFault && error.type === 'UNAUTHORIZED') {
      call.say(`Unauthorized request: ${call.requestId}`);
      throw error;
    }
    throw failed(call, error, credentials);
  }
}

/** What the caller hears of it; the log hears more. Source: API Gateway's logs, as users report them. */
function failed(call: Call, error: unknown, credentials: string): unknown {
  if (error instanceof DeadlineError) {
    call.say('Execution failed due to a timeout error');
    return new GatewayFault('AUTHORIZER_FAILURE', null);
  }
  const fault = error instanceof ServiceError ? badAuthorizer(refusalOf(error, credentials)) : error;
  if (!(fault instanceof GatewayFault)) return error;
  call.say(`Execution failed due to configuration error: ${fault.cause}`);
  call.say(fault.errorType);
  return fault;
}

/** Authorizers hear nothing of the body, and of maps that are empty that they are. Source: API Gateway Developer Guide, "Input to an API Gateway Lambda authorizer". */
function asAuthorizers(event: object): object {
  const { body: _, isBase64Encoded: __, ...rest } = event as { body?: unknown; isBase64Encoded?: unknown };
  return Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, value ?? {}]));
}
