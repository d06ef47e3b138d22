/** Trying methods and authorizers without a stage: the same steps as a client's request takes, but nobody is asked for permission. */
import { MIB, type Millis, SECOND } from '#kernel/base';
import type { Ctx, Handler, TrafficRequest } from '#kernel/contract';
import type { Stage } from '#models/api-gateway';
import { all, compact, find, findApi } from '../domain/noun.ts';
import { unknown } from '../errors.ts';
import { askAuthorizer } from '../execute/authorize.ts';
import { Call, isFlowing, type Reply } from '../execute/call.ts';
import { claimTexts } from '../execute/claims.ts';
import { CompiledApi } from '../execute/compiled.ts';
import { before, DeadlineError } from '../execute/deadline.ts';
import { GatewayFault } from '../execute/gateway-responses.ts';
import { integrate } from '../execute/integrate.ts';
import { claimsOf } from '../execute/jwt.ts';
import { cased, steps, told } from '../execute/logs.ts';
import { faultReply } from '../execute/respond.ts';
import { validate } from '../execute/validate.ts';
import { authorizers, gatewayResponses, models, resources, validators } from '../state.ts';

type Api = 'api-gateway';

const TRIED_TIME: Millis = 35 * SECOND;
const TRIED_BYTES = MIB;

/** Source: API Gateway API Reference, TestInvokeMethod. */
export const testInvokeMethod: Handler<Api, 'TestInvokeMethod'> = async (input, ctx) => {
  const { resourceId, httpMethod } = input;
  const compiled = compiledNow(ctx, input.restApiId);
  const method = compiled.methodOf(resourceId, httpMethod) ?? compiled.methodOf(resourceId, 'ANY');
  if (method === undefined || method.method.methodIntegration === undefined) throw unknown('Method');
  const call = callOf(ctx, compiled, input, httpMethod, method.path);
  call.method = method;
  call.pathParameters = compiled.find(httpMethod, call.path)?.parameters ?? {};
  const reply = await (async () => {
    try {
      validate(call, method);
      return await integrate(call, method);
    } catch (error) {
      if (error instanceof GatewayFault) return faultReply(call, error);
      throw error;
    }
  })();
  const isService = method.integration.type === 'AWS' || method.integration.type === 'AWS_PROXY';
  const trace = call.integration.trace ?? call.headers['x-amzn-trace-id'] ?? '';
  if (isService) reply.headers = { ...reply.headers, 'x-amzn-trace-id': trace };
  const sent = Object.entries(cased(reply.headers)).map(([name, value]) => [name, [value].flat()] as const);
  return {
    status: reply.status,
    body: await textOf(reply.body),
    headers: Object.fromEntries(sent.map(([name, values]) => [name, values.at(-1) ?? ''])),
    multiValueHeaders: Object.fromEntries(sent.map(([name, values]) => [name, [...values]])),
    // Source: "Troubleshoot issues with response streaming in API Gateway".
    ...timed(call, isFlowing(reply.body) ? [] : steps(call, reply, true)),
  };
};

/** A body; of one that flows as much as is there after 35 seconds, or a megabyte of it. Source: as above. */
async function textOf(body: Reply['body']): Promise<string> {
  if (typeof body === 'string') return body;
  if (!isFlowing(body)) return Buffer.from(body).toString('utf8');
  const pieces: Uint8Array[] = [];
  let size = 0;
  const end = AbortSignal.timeout(TRIED_TIME);
  const iterator = body[Symbol.asyncIterator]();
  try {
    while (size <= TRIED_BYTES) {
      const { value, done } = await before(end, iterator.next());
      if (done === true) break;
      pieces.push(value);
      size += value.length;
    }
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
  } finally {
    void iterator.return?.()?.catch(() => undefined);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** Source: API Gateway API Reference, TestInvokeAuthorizer. */
export const testInvokeAuthorizer: Handler<Api, 'TestInvokeAuthorizer'> = async (input, ctx) => {
  const compiled = compiledNow(ctx, input.restApiId);
  const authorizer = find(authorizers, 'Authorizer', ctx, input.restApiId, input.authorizerId);
  const call = callOf(ctx, compiled, input, 'GET', '/');
  try {
    if (authorizer.type === 'JWT') {
      const claims = claimTexts(await claimsOf(call, authorizer));
      return { clientStatus: 200, claims, ...timed(call, told(call.admission, true)) };
    }
    const { principalId, policy } = await askAuthorizer(call, authorizer);
    return {
      clientStatus: 200,
      principalId,
      policy: withoutPrincipals(policy),
      ...timed(call, told(call.admission, true)),
    };
  } catch (error) {
    if (!(error instanceof GatewayFault)) throw error;
    return { clientStatus: faultReply(call, error).status, ...timed(call, told(call.admission, true)) };
  }
};

/** As the authorizer said it: policies of resources name everybody. */
function withoutPrincipals(policy: string): string {
  return JSON.stringify(JSON.parse(policy), (key, value) => (key === 'Principal' ? undefined : value));
}

/** An API as it is now, deployed or not. */
function compiledNow(ctx: Ctx, api: string): CompiledApi {
  return new CompiledApi({
    api: findApi(ctx, api),
    resources: all(resources, ctx, api),
    models: all(models, ctx, api),
    validators: all(validators, ctx, api),
    authorizers: all(authorizers, ctx, api),
    gatewayResponses: all(gatewayResponses, ctx, api),
  });
}

type Tried = {
  clientCertificateId?: string;
  restApiId: string;
  pathWithQueryString?: string;
  headers?: { [name: string]: string };
  multiValueHeaders?: { [name: string]: string[] };
  body?: string;
  stageVariables?: { [name: string]: string };
};

function callOf(ctx: Ctx, compiled: CompiledApi, input: Tried, httpMethod: string, otherwise: string): Call {
  const [given = '', query = ''] = (input.pathWithQueryString ?? '').split('?');
  const path = given === '' ? otherwise : given;
  const headers = Object.fromEntries(
    Object.entries({ ...input.headers, ...input.multiValueHeaders }).map(([name, value]) => [
      name.toLowerCase(),
      [value].flat().join(', '),
    ]),
  );
  const use = {
    apiId: input.restApiId,
    stage: compact<Stage>({ stageName: 'test-invoke-stage', clientCertificateId: input.clientCertificateId }),
    deploymentId: '',
    isCanary: false,
    isTried: true,
    variables: input.stageVariables ?? {},
  };
  const sent = Object.entries({ ...input.headers, ...input.multiValueHeaders }).flatMap(([name, value]) =>
    [value].flat().map((one) => [name, one] as const),
  );
  const request = { ...asked(httpMethod, path, query, headers, ctx.endpoint), sentHeaders: () => sent };
  const call = new Call({ request, path, shownPath: path }, ctx, compiled, use);
  call.body = Buffer.from(input.body ?? '');
  return call;
}

/** How long it took, and its log: each line with the moment at which it was tried. */
function timed({ ctx }: Call, lines: readonly string[]): { latency: number; log: string } {
  const [weekday = '', day, month, year, time] = new Date(ctx.now).toUTCString().split(' ');
  const at = `${weekday.slice(0, 3)} ${month} ${day} ${time} UTC ${year}`;
  const log = [`Execution log for request ${ctx.requestId}`, ...lines.map((line) => `${at} : ${line}`)];
  return { latency: ctx.clock() - ctx.now, log: `${log.join('\n')}\n` };
}

function asked(
  method: string,
  path: string,
  query: string,
  headers: Record<string, string>,
  endpoint: string,
): TrafficRequest {
  const nothing = Promise.resolve(new Uint8Array());
  return {
    kind: 'execute-api',
    name: '',
    id: '',
    host: new URL(endpoint).host,
    method,
    path,
    query,
    headers,
    body: (async function* () {})(),
    read: () => nothing,
    sourceIp: 'test-invoke-source-ip',
    secure: false,
    isUpgrade: false,
    gone: undefined,
    authenticate: () => Promise.reject(new Error('nobody is asked')),
  };
}
