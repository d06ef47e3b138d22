/** One request to a REST API on its way through it. */
import type { Ctx, TrafficReply, TrafficRequest } from '#kernel/contract';
import type { Stage } from '#models/api-gateway';
import type { ByteStream } from '#models/base';
import { clientCertificateFacts } from '../domain/truststore.ts';
import { PAYLOAD_BYTES_MAX } from './call-http.ts';
import type { CompiledApi, CompiledMethod } from './compiled.ts';
import { requestTooLarge } from './errors.ts';
import { DEFAULTS, GatewayFault, type ResponseType } from './gateway-responses.ts';
import { type Overrides, once } from './overrides.ts';
import {
  domainOf,
  extendedId,
  headersOf,
  queryOf,
  type ShownHeader,
  shownHeaders,
  timeText,
  type Values,
} from './request.ts';
import type { Authorized } from './verdict.ts';

export type StageUse = {
  apiId: string;
  stage: Stage;
  deploymentId: string;
  isCanary: boolean;
  variables: Readonly<Record<string, string>>;
  /** By TestInvokeMethod: its log tells all. */
  isTried?: boolean;
};

/** Where a request is, in words of the custom domain it came by. */
export type Arrival = { request: TrafficRequest; path: string; shownPath: string; basePath?: string };

/** How a part of admission went. */
type Phase = { status: number; latency: number; error?: string };

export class Call {
  readonly request: TrafficRequest;
  readonly compiled: CompiledApi;
  readonly use: StageUse;
  /** Below the stage. */
  readonly path: string;
  /** With the stage, as the client asked. */
  readonly shownPath: string;
  readonly query: Values;
  readonly headers: Record<string, string>;
  readonly extendedId: string;
  /** Whether some log may tell of it. */
  readonly isTold: boolean;
  /** Of the custom domain that led here. */
  readonly basePath: string | undefined;
  ctx: Ctx;
  method: CompiledMethod | undefined;
  pathParameters: Record<string, string> = {};
  /** The same as they were sent, not decoded: what functions are given. */
  sentParameters: Record<string, string> = {};
  body: Buffer = Buffer.alloc(0);
  authorized: Authorized | undefined;
  apiKey: { id: string; value: string } | undefined;
  fault: { type: ResponseType; messageString: string; details: string | undefined } | undefined;
  integration: {
    status?: number;
    /** What a function's own code said. */
    functionStatus?: number;
    requestId?: string | undefined;
    /** X-Ray's header as the function has had it. */
    trace?: string | undefined;
    startedAt?: number;
    latency?: number;
    error?: string;
    /** Of an answer that flows: since the start. */
    timeToAllHeaders?: number;
    timeToFirstContent?: number;
  } = {};
  /** For access logs. */
  phases: { authenticate?: Phase; authorizer?: Phase; authorize?: Phase } = {};
  /** Whether the stage's cache had the answer; undefined where it wasn't asked. */
  cached: 'hit' | 'miss' | undefined;
  /** Called as templates call them: `$context.responseOverride.header.X`. */
  overrides: { status?: number; header: Overrides } = once({ header: once({}) });
  /** Of the execution log. */
  log: { line: string; isData: boolean }[] = [];
  /** The part of it that was told before the request was let in. */
  admission: Call['log'] = [];
  requestOverrides: { header: Overrides; querystring: Overrides; path: Overrides } = {
    header: once({}),
    querystring: once({}),
    path: once({}),
  };

  constructor(arrival: Arrival, ctx: Ctx, compiled: CompiledApi, use: StageUse) {
    this.request = arrival.request;
    this.ctx = ctx;
    this.compiled = compiled;
    this.use = use;
    this.path = arrival.path;
    this.shownPath = arrival.shownPath;
    this.basePath = arrival.basePath;
    // Source: Developer Guide, "Important notes for REST APIs": a semicolon splits, too.
    this.query = queryOf(arrival.request.query.replaceAll(';', '&'));
    this.headers = headersOf(arrival.request, ctx);
    this.extendedId = extendedId(ctx);
    const settings = Object.values(use.stage.methodSettings ?? {});
    this.isTold = use.isTried === true || settings.some((one) => (one?.loggingLevel ?? 'OFF') !== 'OFF');
  }

  /** Does a part of admission, and notes how it went. */
  async through<Value>(
    phase: 'authenticate' | 'authorizer' | 'authorize',
    work: () => Value | Promise<Value>,
  ): Promise<Value> {
    const startedAt = this.ctx.clock();
    const latency = () => this.ctx.clock() - startedAt;
    try {
      const value = await work();
      this.phases[phase] = { status: 200, latency: latency() };
      return value;
    } catch (error) {
      const status = error instanceof GatewayFault ? DEFAULTS[error.type][0] : 500;
      this.phases[phase] = { status, latency: latency(), error: (error as Error).message };
      throw error;
    }
  }

  /** As the client wants it to be known, or as it is known here. Source: API Gateway Developer Guide, "Set up CloudWatch logging for a REST API". */
  get requestId(): string {
    const given = this.headers['x-amzn-requestid'];
    return given !== undefined && UUID.test(given) ? given : this.ctx.requestId;
  }

  /** The same in access logs, which say where the client's is none. */
  get loggedId(): string {
    const given = this.headers['x-amzn-requestid'];
    return given === undefined || UUID.test(given) ? this.requestId : 'UUID_REPLACED_INVALID_REQUEST_ID';
  }

  /** Its headers as functions and logs are shown them. One that is only tried has those alone that were given. */
  get shownHeaders(): ShownHeader[] {
    const { headers, request, use } = this;
    return shownHeaders(use.isTried === true ? request.headers : headers, request.sentHeaders?.());
  }

  /** @throws {GatewayFault} */
  async readBody(): Promise<void> {
    const bytes = await this.request.read(PAYLOAD_BYTES_MAX, () => requestTooLarge(PAYLOAD_BYTES_MAX));
    // A signed body has been read already.
    if (bytes.length > PAYLOAD_BYTES_MAX) throw requestTooLarge(PAYLOAD_BYTES_MAX);
    this.body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** On whose behalf integrations are called. */
  get sourceArn(): string {
    const { method } = this;
    return this.arnOf(method?.httpMethod ?? this.request.method, method?.path ?? this.path);
  }

  /** What functions are given: below the stage, but with the path of the custom domain. */
  get eventPath(): string {
    return this.basePath === undefined || this.basePath === '' ? this.path : `/${this.basePath}${this.path}`;
  }

  /** What the caller wants to invoke. */
  get methodArn(): string {
    return this.arnOf(this.request.method, this.path);
  }

  private arnOf(httpMethod: string, path: string): string {
    const { partition, region, account } = this.ctx;
    // Policies know `*` for any method.
    const method = httpMethod === 'ANY' ? '*' : httpMethod;
    return `arn:${partition}:execute-api:${region}:${account}:${this.use.apiId}/${this.use.stage.stageName}/${method}${path === '/' ? '/' : path}`;
  }

  get identity(): Record<string, unknown> {
    const { principal, accessKeyId } = this.ctx.caller;
    const isKnown = principal.kind !== 'anonymous';
    const clientCert = clientCertificateFacts(this.request);
    return {
      cognitoIdentityPoolId: null,
      accountId: isKnown ? principal.account : null,
      cognitoIdentityId: null,
      caller: isKnown ? principal.id : null,
      ...(this.use.isTried === true && { apiKey: 'test-invoke-api-key', apiKeyId: 'test-invoke-api-key-id' }),
      ...(this.apiKey !== undefined && { apiKey: this.apiKey.value, apiKeyId: this.apiKey.id }),
      ...(clientCert !== undefined && { clientCert }),
      sourceIp: this.request.sourceIp,
      principalOrgId: null,
      accessKey: isKnown ? (accessKeyId ?? null) : null,
      cognitoAuthenticationType: null,
      cognitoAuthenticationProvider: null,
      userArn: isKnown && 'arn' in principal ? principal.arn : null,
      userAgent: (this.use.isTried === true ? this.ctx.caller.userAgent : this.headers['user-agent']) ?? null,
      user: isKnown ? principal.id : null,
    };
  }

  /** `requestContext` of events, and most of `$context`. */
  get context(): Record<string, unknown> {
    const { ctx, method, use, authorized, request } = this;
    const isTried = use.isTried === true;
    // Source: events of tried methods, as users have published them.
    const domainName = isTried ? 'testPrefix.testDomainName' : domainOf(request.host);
    return {
      resourceId: method?.resourceId ?? '',
      ...(authorized !== undefined && { authorizer: authorizerOf(authorized, this.phases.authorizer?.latency) }),
      resourcePath: method?.path ?? '',
      ...(method?.method.operationName !== undefined && { operationName: method.method.operationName }),
      httpMethod: request.method,
      extendedRequestId: this.extendedId,
      requestTime: timeText(ctx.now),
      path: this.shownPath,
      accountId: ctx.account,
      protocol: 'HTTP/1.1',
      stage: use.stage.stageName,
      domainPrefix: domainName.split('.')[0],
      requestTimeEpoch: ctx.now,
      requestId: this.requestId,
      identity: this.identity,
      domainName,
      ...(!isTried && { deploymentId: use.deploymentId }),
      apiId: use.apiId,
      ...(use.stage.canarySettings !== undefined && { isCanaryRequest: use.isCanary }),
    };
  }

  /** @param isData it tells what a request or an answer holds: only for stages that log that */
  say(line: string, isData = false): void {
    if (this.isTold && this.log.length < LOG_LINES_MAX) this.log.push({ line: cut(line), isData });
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Source: API Gateway Developer Guide, "Set up CloudWatch logging": what is longer than 1,024 bytes is cut off. */
const LOG_LINE_MAX = 1_024;
const LOG_LINES_MAX = 64;

/** A line as a log holds it. */
export function cut(line: string): string {
  return line.length > LOG_LINE_MAX ? `${line.slice(0, LOG_LINE_MAX)} [TRUNCATED]` : line;
}

/** An answer that was kept took no time. */
function authorizerOf({ principalId, context, claims }: Authorized, integrationLatency = 0): Record<string, unknown> {
  return claims === undefined ? { principalId, integrationLatency, ...context } : { claims };
}

export type Reply = TrafficReply;

/** An answer that is there as a whole; another flows as it is made. */
export type WholeReply = Reply & { body: string | Uint8Array };

/** Whether an answer can be looked at as a whole. */
export function isWhole(reply: Reply): reply is WholeReply {
  return !isFlowing(reply.body);
}

/** Whether a body comes in pieces, as it is made. */
export function isFlowing(body: Reply['body']): body is ByteStream {
  return typeof body !== 'string' && !(body instanceof Uint8Array);
}
