/** Requests to the addresses of functions, and by links to code. */
import { readPrelude } from '#kernel/base';
import { type Ctx, ServiceError, type TrafficReply, type TrafficRequest, type TrafficRule } from '#kernel/contract';
import { download } from './domain/download.ts';
import { policyText, targetOf } from './domain/find.ts';
import { arnOf } from './domain/names.ts';
import { newTrace, run } from './domain/run.ts';
import { badGateway, replyHeaders, statusOf, urlEvent, urlReply } from './domain/url-event.ts';
import { payloadTooLarge } from './errors.ts';
import { PAYLOAD_BYTES_MAX } from './limits.ts';
import { urls } from './state.ts';

const PRELUDE_BYTES_MAX = 65_536;

/** Source: Lambda Developer Guide, "Invoking Lambda function URLs", "Control access to Lambda function URLs". */
export const traffic: TrafficRule = async (request, anyone) => {
  if (request.kind === 'lambda-code') return download(request, anyone);
  const trace = request.headers['x-amzn-trace-id'] ?? newTrace(anyone);
  const reply = await answerAt(request, trace, anyone);
  const own = { 'x-amzn-requestid': anyone.requestId, 'x-amzn-trace-id': trace };
  return { ...reply, headers: { ...reply.headers, ...own } };
};

async function answerAt(request: TrafficRequest, trace: string, anyone: Ctx): Promise<TrafficReply> {
  const [name = '', qualifier = ''] = request.id.split(':');
  const url = anyone.store.get(urls, { name, qualifier });
  if (url === undefined) return message(404, 'Not Found');
  const origin = request.headers.origin;
  const cors = origin === undefined ? {} : corsHeaders(url.cors, origin, request.headers);
  if (
    request.method === 'OPTIONS' &&
    request.headers['access-control-request-method'] !== undefined &&
    url.cors !== undefined
  )
    return { status: 200, headers: cors, body: '' };
  const ctx = await request.authenticate('lambda');
  if (ctx instanceof ServiceError) return message(403, ctx.message);
  try {
    const resource = arnOf(ctx, ctx.account, name, qualifier);
    const policy = policyText(ctx.store, name, qualifier);
    const called = { resource, account: ctx.account, policy };
    const context = { 'lambda:FunctionUrlAuthType': url.authType, 'lambda:FunctionArn': resource };
    ctx.authorize({ action: 'lambda:InvokeFunctionUrl', ...called, context });
    // Source: "Control access to Lambda function URLs": both are needed since October 2025.
    ctx.authorize({ action: 'lambda:InvokeFunction', ...called, context: { 'lambda:InvokedViaFunctionUrl': 'true' } });
  } catch (error) {
    if (error instanceof ServiceError) return forbidden();
    throw error;
  }
  const target = targetOf(name, qualifier, ctx);
  if (target === undefined) return message(404, 'Not Found');
  try {
    const body = await request.read(PAYLOAD_BYTES_MAX, () => payloadTooLarge(PAYLOAD_BYTES_MAX));
    const payload = Buffer.from(JSON.stringify(urlEvent(request, body, trace, ctx)));
    const answer = await run(
      target,
      {
        requestId: ctx.requestId,
        arn: arnOf(ctx, ctx.account, name, qualifier),
        payload,
        trace,
        streams: url.invokeMode === 'RESPONSE_STREAM',
      },
      ctx,
    );
    if (answer.failed) return badGateway();
    const reply =
      answer.body instanceof Uint8Array
        ? urlReply(answer.body)
        : await streamed(
            answer.body,
            answer.contentType === 'application/vnd.awslambda.http-integration-response',
            answer.contentType,
          );
    return { ...reply, headers: withCors(reply.headers, cors) };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return error.code === 'RequestEntityTooLargeException'
      ? message(413, 'Request Too Long')
      : message(429, 'Rate Exceeded.');
  }
}

/** An answer in pieces, its status and headers before it where the function says so. */
async function streamed(pieces: AsyncIterable<Uint8Array>, hasPrelude: boolean, type: string): Promise<TrafficReply> {
  if (!hasPrelude) return { status: 200, headers: { 'content-type': type }, body: pieces };
  const read = await readPrelude(pieces, PRELUDE_BYTES_MAX);
  if (read === undefined) return badGateway();
  const { statusCode = 200, headers, cookies } = read.metadata;
  const status = statusOf(statusCode);
  if (status === undefined) return badGateway();
  return {
    status,
    headers: { 'content-type': 'application/octet-stream', ...replyHeaders(headers, cookies) },
    body: read.body,
  };
}

/** What the function says itself and what is configured are both told. Source: Lambda Developer Guide, "Cross-origin resource sharing (CORS)". */
function withCors(headers: TrafficReply['headers'], cors: Record<string, string>): TrafficReply['headers'] {
  const both = Object.entries(cors).map(([name, value]) => {
    const own = headers[name];
    return [name, own === undefined ? value : [own, value].flat()];
  });
  return { ...headers, ...Object.fromEntries(both) };
}

type Cors = {
  AllowCredentials?: boolean;
  AllowHeaders?: string[];
  AllowMethods?: string[];
  AllowOrigins?: string[];
  ExposeHeaders?: string[];
  MaxAge?: number;
};

/** Source: Lambda Developer Guide, "Cross-origin resource sharing (CORS)" of function URLs. */
function corsHeaders(
  cors: Cors | undefined,
  origin: string,
  asked: Readonly<Record<string, string>>,
): Record<string, string> {
  const allowed = cors?.AllowOrigins?.some((one) => one === '*' || one === origin) === true;
  if (cors === undefined || !allowed) return {};
  const isPreflight = asked['access-control-request-method'] !== undefined;
  return {
    'access-control-allow-origin':
      cors.AllowOrigins?.includes('*') === true && cors.AllowCredentials !== true ? '*' : origin,
    ...(cors.AllowCredentials === true && { 'access-control-allow-credentials': 'true' }),
    ...(cors.ExposeHeaders !== undefined && { 'access-control-expose-headers': cors.ExposeHeaders.join(',') }),
    ...(isPreflight && {
      'access-control-allow-methods': (cors.AllowMethods ?? []).join(','),
      'access-control-allow-headers': (cors.AllowHeaders ?? []).join(','),
      'access-control-max-age': String(cors.MaxAge ?? 0),
    }),
    vary: 'Origin',
  };
}

/** Source: answers of AWS, as issues report them. */
function forbidden(): TrafficReply {
  const where = 'https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html';
  const text = `Forbidden. For troubleshooting Function URL authorization issues, see: ${where}`;
  const reply = message(403, text);
  return { ...reply, headers: { ...reply.headers, 'x-amzn-errortype': 'AccessDeniedException' } };
}

function message(status: number, text: string): TrafficReply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ Message: text }) };
}
