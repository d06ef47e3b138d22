/** Who may call a route of an HTTP API. Source: API Gateway Developer Guide, "Control and manage access to HTTP APIs". */
import { SECOND } from '#kernel/base';
import { ServiceError } from '#kernel/contract';
import type { Authorizer } from '#models/apigatewayv2';
import {
  callFunction,
  DeadlineError,
  functionOf,
  saysUnauthorized,
  verdictOf,
  withVariables,
} from '../../api-gateway/port.ts';
import { AUTHORIZER_TIMEOUT } from '../limits.ts';
import { resets } from '../state.ts';
import type { HttpCall } from './call.ts';
import type { CompiledRoute, Said } from './compiled.ts';
import { forbidden, internal, unauthorized } from './errors.ts';
import { eventOne, eventTwo } from './events.ts';
import { authorizeByJwt } from './jwt.ts';
import { HttpFault } from './reply.ts';

/** @throws {HttpFault} for who may not */
export async function authorize(call: HttpCall, { route, authorizer }: CompiledRoute): Promise<void> {
  const type = route.AuthorizationType ?? 'NONE';
  if (type === 'NONE') return;
  if (type === 'AWS_IAM') return authorizeByIam(call);
  if (authorizer === undefined) throw internal('the authorizer is gone');
  if (type === 'JWT') return authorizeByJwt(call, authorizer, route.AuthorizationScopes ?? []);
  await authorizeByFunction(call, authorizer);
}

async function authorizeByIam(call: HttpCall): Promise<void> {
  const ctx = await call.request.authenticate('execute-api');
  if (ctx instanceof ServiceError) throw forbidden();
  const { principal } = ctx.caller;
  if (principal.kind === 'anonymous') throw forbidden();
  call.ctx = ctx;
  mayInvoke(call);
  const { accessKeyId } = ctx.caller;
  const userArn = 'arn' in principal ? principal.arn : undefined;
  const { account: accountId, id: callerId } = principal;
  call.authorizer = {
    iam: {
      accessKey: accessKeyId,
      accountId,
      callerId,
      cognitoIdentity: null,
      principalOrgId: null,
      userArn,
      userId: callerId,
    },
  };
}

/** Asks the caller's policies, or one alone. */
function mayInvoke(call: HttpCall, policy?: string): void {
  const asked = { action: 'execute-api:Invoke', resource: call.methodArn, account: call.ctx.account };
  try {
    call.ctx.authorize(policy === undefined ? asked : { ...asked, policy, policyDecides: true });
  } catch (error) {
    if (error instanceof ServiceError) throw forbidden();
    throw error;
  }
}

async function authorizeByFunction(call: HttpCall, authorizer: Authorizer): Promise<void> {
  const { IdentitySource = [], AuthorizerResultTtlInSeconds: ttl = 0, AuthorizerId } = authorizer;
  const identity = IdentitySource.map((source) => call.select(source));
  if (identity.some((one) => one === undefined || one === '')) throw unauthorized();
  const { authorizations } = call.compiled;
  const reset = call.ctx.store.get(resets, { api: call.apiId, stage: call.stage.StageName })?.count ?? 0;
  // A client may put anything into a value, also what stands between two of them.
  const key = JSON.stringify([call.stage.StageName, reset, AuthorizerId, ...identity]);
  const isKept = ttl > 0 && identity.length > 0;
  let said = isKept ? authorizations.get(key, call.ctx.now) : undefined;
  if (said === undefined) {
    said = await ask(
      call,
      authorizer,
      identity.map((one) => one ?? ''),
    );
    if (isKept) authorizations.put(key, said, call.ctx.now + ttl * SECOND);
  }
  if ('isAuthorized' in said && !said.isAuthorized) throw forbidden();
  if ('policy' in said) mayInvoke(call, said.policy);
  call.authorizer = { lambda: said.context };
  call.principalId = 'policy' in said ? said.principalId : undefined;
}

async function ask(call: HttpCall, authorizer: Authorizer, identitySource: string[]): Promise<Said> {
  const {
    AuthorizerUri = '',
    AuthorizerPayloadFormatVersion: version,
    EnableSimpleResponses,
    AuthorizerId,
  } = authorizer;
  const {
    body: _,
    isBase64Encoded: __,
    ...event
  } = (version === '2.0' ? eventTwo(call) : eventOne(call)) as Record<string, unknown>;
  const payload =
    version === '2.0'
      ? { ...event, type: 'REQUEST', routeArn: call.methodArn, identitySource }
      : {
          ...event,
          type: 'REQUEST',
          methodArn: call.methodArn,
          identitySource: identitySource.join(','),
          authorizationToken: identitySource.join(','),
        };
  const uri = withVariables(AuthorizerUri, call.variables);
  try {
    const { text, hasFailed } = await callFunction(call.ctx, {
      function: functionOf(uri) ?? '',
      source: `${call.apiArn}/authorizers/${AuthorizerId}`,
      credentials: authorizer.AuthorizerCredentialsArn,
      payload,
      timeout: AUTHORIZER_TIMEOUT,
    });
    if (hasFailed) throw saysUnauthorized(text) ? unauthorized() : internal('the authorizer failed');
    return EnableSimpleResponses === true ? simple(text) : policyOf(text);
  } catch (error) {
    call.authorizerError = error instanceof HttpFault ? (error.reason ?? error.message) : (error as Error).message;
    if (error instanceof ServiceError || error instanceof DeadlineError) throw internal(error.message);
    throw error;
  }
}

function simple(text: string): Said {
  const { isAuthorized, context = {} } = (JSON.parse(text) ?? {}) as { isAuthorized?: unknown; context?: object };
  if (typeof isAuthorized !== 'boolean') throw internal('the authorizer gave no answer');
  return { isAuthorized, context };
}

function policyOf(text: string): Said {
  try {
    const { policy, context, principalId } = verdictOf(text);
    return { policy, context, principalId };
  } catch {
    throw internal('the authorizer gave no policy');
  }
}
