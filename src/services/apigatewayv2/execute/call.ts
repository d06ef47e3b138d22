/** One request to an HTTP API on its way through it. */
import { withoutConnection } from '#kernel/base';
import type { Ctx, TrafficRequest } from '#kernel/contract';
import type { Stage } from '#models/apigatewayv2';
import {
  at,
  clientCertificateFacts,
  domainOf,
  extendedId,
  headersOf,
  jsonPath,
  own,
  PAYLOAD_BYTES_MAX,
  queryOf,
  timeText,
  type Values,
} from '../../api-gateway/port.ts';
import type { CompiledApi, CompiledRoute } from './compiled.ts';
import { tooLarge } from './errors.ts';

/** What is known of the caller: `{ jwt: … }`, `{ lambda: … }`, `{ iam: … }`. */
export type Authorizer = { readonly [kind: string]: unknown };

/** The others reach functions as base64, forms too. Source: API Gateway Developer Guide, "Create AWS Lambda proxy integrations for HTTP APIs"; events of forms that users have published. */
const TEXT = /^(text\/|application\/(json|javascript|xml)|[^;]*\+(json|xml)\b)/;

export class HttpCall {
  readonly request: TrafficRequest;
  readonly compiled: CompiledApi;
  readonly apiId: string;
  readonly stage: Stage;
  /** Below the stage, or the mapped path of a domain. */
  readonly path: string;
  readonly query: Values;
  readonly headers: Record<string, string>;
  readonly requestId: string;
  ctx: Ctx;
  route: CompiledRoute | undefined;
  pathParameters: Record<string, string> = {};
  body: Buffer = Buffer.alloc(0);
  authorizer: Authorizer | undefined;
  integration: {
    status?: number;
    functionStatus?: number;
    requestId?: string | undefined;
    requestId2?: string | undefined;
    latency?: number;
    error?: string | undefined;
  } = {};
  /** What API Gateway answered by itself. */
  fault: { message: string } | undefined;
  /** Of the domain's mapping that led here. */
  basePath: string | undefined;
  authorizerError: string | undefined;
  /** As a function has named the caller. */
  principalId: string | undefined;

  constructor(request: TrafficRequest, path: string, ctx: Ctx, compiled: CompiledApi, apiId: string, stage: Stage) {
    this.request = request;
    this.path = path;
    this.ctx = ctx;
    this.compiled = compiled;
    this.apiId = apiId;
    this.stage = stage;
    this.query = queryOf(request.query);
    // Nobody behind the API is told. Source: events of HTTP APIs that users have published, of clients that send `connection`.
    this.headers = withoutConnection(headersOf(request, ctx));
    this.requestId = extendedId(ctx);
  }

  /** @throws {HttpFault} */
  async readBody(): Promise<void> {
    const bytes = await this.request.read(PAYLOAD_BYTES_MAX, tooLarge);
    // A signed body has been read already.
    if (bytes.length > PAYLOAD_BYTES_MAX) throw tooLarge();
    this.body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isText(): boolean {
    const type = this.headers['content-type'] ?? '';
    return type === '' || TEXT.test(type);
  }

  get variables(): Readonly<Record<string, string>> {
    return this.stage.StageVariables ?? {};
  }

  /** On whose behalf integrations are called. */
  get sourceArn(): string {
    const [method = '*', path = ''] = (this.route?.route.RouteKey ?? '').split(' ');
    const verb = method === 'ANY' ? '*' : method;
    return `${this.apiArn}/${this.stage.StageName}/${verb}${path}`;
  }

  get apiArn(): string {
    const { partition, region, account } = this.ctx;
    return `arn:${partition}:execute-api:${region}:${account}:${this.apiId}`;
  }

  /** What the caller wants to invoke. */
  get methodArn(): string {
    return `${this.apiArn}/${this.stage.StageName}/${this.request.method}${this.path}`;
  }

  /** As the client asked, with the stage; without what only a custom domain maps. Source: "Create AWS Lambda proxy integrations for HTTP APIs": `rawPath`. */
  get rawPath(): string {
    const { StageName } = this.stage;
    const below = StageName === '$default' ? this.path : `/${StageName}${this.path}`;
    return decoded(this.basePath === undefined ? this.request.path : below);
  }

  /** As the client asked, with all that was mapped. */
  get wholePath(): string {
    return decoded(this.request.path);
  }

  /** `requestContext` of events. */
  get context(): Record<string, unknown> {
    const { ctx, request, requestId } = this;
    const clientCert = clientCertificateFacts(request);
    const domainName = domainOf(request.host);
    return {
      accountId: ctx.account,
      apiId: this.apiId,
      ...(clientCert !== undefined && { authentication: { clientCert } }),
      ...(this.authorizer !== undefined && { authorizer: this.authorizer }),
      domainName,
      domainPrefix: domainName.split('.')[0],
      http: {
        method: request.method,
        path: this.rawPath,
        protocol: 'HTTP/1.1',
        sourceIp: request.sourceIp,
        userAgent: this.headers['user-agent'] ?? '',
      },
      requestId,
      routeKey: this.route?.route.RouteKey ?? '',
      stage: this.stage.StageName,
      time: timeText(ctx.now),
      timeEpoch: ctx.now,
    };
  }

  /** `$context` of access logs and of mappings. Source: "Customize HTTP API access logs". */
  get logContext(): Record<string, unknown> {
    const { authorizer = {}, integration, request, fault } = this;
    const { jwt, lambda, iam } = authorizer as { jwt?: { claims?: object }; lambda?: object; iam?: Iam };
    const { status, latency, error, requestId, functionStatus = status } = integration;
    return {
      ...this.context,
      authorizer: { principalId: this.principalId, ...lambda, claims: jwt?.claims, error: this.authorizerError },
      awsEndpointRequestId: requestId,
      awsEndpointRequestId2: integration.requestId2,
      customDomain: { basePathMatched: this.basePath },
      error: { message: fault?.message, messageString: fault && JSON.stringify(fault.message) },
      httpMethod: request.method,
      identity: {
        accountId: iam?.accountId,
        caller: iam?.callerId,
        user: iam?.userId,
        userArn: iam?.userArn,
        sourceIp: request.sourceIp,
        userAgent: this.headers['user-agent'],
        clientCert: clientCertificateFacts(request),
      },
      path: this.rawPath,
      protocol: 'HTTP/1.1',
      requestTime: timeText(this.ctx.now),
      requestTimeEpoch: this.ctx.now,
      extendedRequestId: this.requestId,
      integrationStatus: status,
      integrationLatency: latency,
      integrationErrorMessage: error,
      integration: { status: functionStatus, integrationStatus: status, latency, error, requestId },
    };
  }

  /** What a selection or mapping says of the request: `$request.header.x`; undefined where it says nothing. */
  select(expression: string): string | undefined {
    const value = this.#find(expression.replace(/^\$\{?/, '').replace(/\}$/, ''));
    if (value === undefined || value === null) return undefined;
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }

  #find(path: string): unknown {
    const [, place = '', name = ''] =
      /^(request\.(?:header|querystring|path|body)|context|stageVariables)(?:\.(.+))?$/s.exec(path) ?? [];
    switch (place) {
      case 'request.header':
        return own(this.headers, name.toLowerCase());
      case 'request.querystring':
        return own(this.query, name)?.join(',');
      case 'request.path':
        return name === '' ? this.path : own(this.pathParameters, name);
      case 'request.body':
        return name === '' ? this.body.toString('utf8') : ofBody(this.body.toString('utf8'), name);
      case 'context':
        return at(this.logContext, name);
      case 'stageVariables':
        return own(this.variables, name);
      default:
        return undefined;
    }
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

type Iam = { accountId?: string; callerId?: string; userId?: string; userArn?: string };

/** What a path finds in a body of JSON; undefined where it is none. */
export function ofBody(body: string, path: string): unknown {
  try {
    return jsonPath(`$.${path}`)(JSON.parse(body));
  } catch {
    return undefined;
  }
}
