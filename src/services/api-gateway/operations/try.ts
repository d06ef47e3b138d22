/** Trying a method without a stage: the same steps as a client's request takes, but nobody is asked for permission. */
import type { Handler, TrafficRequest } from '#kernel/contract';
import { all, findApi } from '../domain/noun.ts';
import { unknown } from '../errors.ts';
import { Call } from '../execute/call.ts';
import { CompiledApi } from '../execute/compiled.ts';
import { GatewayFault } from '../execute/gateway-responses.ts';
import { integrate } from '../execute/integrate.ts';
import { execution } from '../execute/logs.ts';
import { faultReply } from '../execute/respond.ts';
import { validate } from '../execute/validate.ts';
import type { Snapshot } from '../state.ts';
import { authorizers, gatewayResponses, models, resources, validators } from '../state.ts';

type Api = 'api-gateway';

/** Source: API Gateway API Reference, TestInvokeMethod. */
export const testInvokeMethod: Handler<Api, 'TestInvokeMethod'> = async (input, ctx) => {
  const { restApiId, resourceId, httpMethod, pathWithQueryString = '' } = input;
  const snapshot: Snapshot = {
    api: findApi(ctx, restApiId),
    resources: all(resources, ctx, restApiId),
    models: all(models, ctx, restApiId),
    validators: all(validators, ctx, restApiId),
    authorizers: all(authorizers, ctx, restApiId),
    gatewayResponses: all(gatewayResponses, ctx, restApiId),
  };
  const compiled = new CompiledApi(snapshot);
  const method = compiled.methodOf(resourceId, httpMethod) ?? compiled.methodOf(resourceId, 'ANY');
  if (method === undefined || method.method.methodIntegration === undefined) throw unknown('Method');
  const [given = '', query = ''] = pathWithQueryString.split('?');
  const path = given === '' ? method.path : given;
  const headers = Object.fromEntries(
    Object.entries(input.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value ?? '']),
  );
  const use = {
    apiId: restApiId,
    stage: { stageName: 'test-invoke-stage' },
    deploymentId: '',
    isCanary: false,
    variables: input.stageVariables ?? {},
  };
  const call = new Call(
    { request: asked(httpMethod, path, query, headers, ctx.endpoint), path, shownPath: path },
    ctx,
    compiled,
    use,
  );
  call.method = method;
  call.pathParameters = compiled.find(httpMethod, path)?.parameters ?? {};
  call.body = Buffer.from(input.body ?? '');
  const reply = await (async () => {
    try {
      validate(call, method);
      return await integrate(call, method);
    } catch (error) {
      if (error instanceof GatewayFault) return faultReply(call, error);
      throw error;
    }
  })();
  const latency = ctx.clock() - ctx.now;
  const sent = Object.entries(reply.headers).map(([name, value]) => [name, [value].flat()] as const);
  return {
    status: reply.status,
    body: typeof reply.body === 'string' ? reply.body : Buffer.from(reply.body).toString('utf8'),
    headers: Object.fromEntries(sent.map(([name, values]) => [name, values.at(-1) ?? ''])),
    multiValueHeaders: Object.fromEntries(sent.map(([name, values]) => [name, [...values]])),
    log: execution(call, reply, latency, { loggingLevel: 'INFO', dataTraceEnabled: true }).join('\n'),
    latency,
  };
};

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
