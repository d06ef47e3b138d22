/** One message of a web socket, or its opening or end, on its way through an API. */
import type { Ctx } from '#kernel/contract';
import type { Stage } from '#models/apigatewayv2';
import { at, extendedId, jsonPath, own, timeText } from '../../api-gateway/port.ts';
import type { ConnectionRow } from '../state.ts';
import type { CompiledApi } from './compiled.ts';

export type EventType = 'CONNECT' | 'MESSAGE' | 'DISCONNECT';

/** What came with the request that opened the socket. */
export type Opening = {
  headers: Readonly<Record<string, string>>;
  query: Readonly<Record<string, readonly string[]>>;
  /** The headers in the case in which the client wrote them. */
  shown?: readonly (readonly [name: string, values: readonly string[]])[];
};

/** How a step before the integration went. */
export type Step = { status: number; latency: number; error?: string };

export type AuthorizerCall = { integrationStatus?: number; integrationLatency?: number };

export class SocketCall {
  readonly ctx: Ctx;
  readonly compiled: CompiledApi;
  connection: ConnectionRow;
  readonly stage: Stage;
  readonly type: EventType;
  readonly body: string;
  readonly requestId: string;
  /** Of a message, beside the id of the request. Source: aws-samples/serverless-patterns, `apigw-websocket-api-connection-dynamodb`. */
  readonly messageId: string;
  readonly opening: Opening;
  /** Further members of `requestContext`. */
  readonly extra: Record<string, unknown>;
  routeKey = '$default';
  /** `integrationStatus` is what AWS Lambda answered, `status` the function. */
  integration: {
    status?: number;
    integrationStatus?: number;
    latency?: number;
    error?: string;
    /** By which id the endpoint knows the call. */
    requestId?: string | undefined;
  } = {};
  /** What access logs tell of who was let in, by the names that they have for it. */
  admission: { authenticate?: Step; authorize?: Step; authorizer?: Step & AuthorizerCall } = {};
  /** Why a message does not fit its model. */
  misfit: string | undefined;
  /** What the client would hear if this was a request. */
  status = 200;

  constructor(
    ctx: Ctx,
    compiled: CompiledApi,
    connection: ConnectionRow,
    stage: Stage,
    event: { type: EventType; body?: string; opening?: Opening; extra?: Record<string, unknown> },
  ) {
    this.ctx = ctx;
    this.compiled = compiled;
    this.connection = connection;
    this.stage = stage;
    this.type = event.type;
    this.body = event.body ?? '';
    this.opening = event.opening ?? { headers: {}, query: {} };
    this.extra = event.extra ?? {};
    // A message has no request of its own that would name it.
    this.requestId = event.type === 'CONNECT' ? extendedId(ctx) : madeUp(ctx);
    this.messageId = event.type === 'MESSAGE' ? madeUp(ctx) : '';
  }

  get sourceArn(): string {
    const { partition, region, account } = this.ctx;
    return `arn:${partition}:execute-api:${region}:${account}:${this.connection.api}/${this.stage.StageName}/${this.routeKey}`;
  }

  get variables(): Readonly<Record<string, string>> {
    return this.stage.StageVariables ?? {};
  }

  /** `requestContext` of events, and `$context`. */
  get context(): Record<string, unknown> {
    const { connection, ctx, requestId } = this;
    const { authorizer, identity, sourceIp, userAgent } = connection;
    return {
      routeKey: this.routeKey,
      ...(authorizer !== undefined && { authorizer }),
      ...(this.type === 'MESSAGE' && { messageId: this.messageId }),
      eventType: this.type,
      extendedRequestId: requestId,
      requestTime: timeText(ctx.clock()),
      messageDirection: 'IN',
      stage: this.stage.StageName,
      connectedAt: connection.connectedAt,
      requestTimeEpoch: ctx.clock(),
      identity: { ...(this.type === 'CONNECT' && { userAgent, ...identity }), sourceIp },
      requestId,
      domainName: connection.domainName,
      connectionId: connection.id,
      apiId: connection.api,
      ...this.extra,
    };
  }

  /** `$context` of access logs. Source: API Gateway Developer Guide, "Configure logging for WebSocket APIs". */
  logContext(problem: string | undefined): Record<string, unknown> {
    const { context, integration, admission, connection, status } = this;
    const { status: answered, integrationStatus = answered, latency, error, requestId } = integration;
    const { authenticate, authorize, authorizer } = admission;
    return {
      ...context,
      authenticate,
      authorize,
      authorizer: { ...connection.authorizer, ...authorizer },
      error: {
        message: problem,
        messageString: problem && JSON.stringify(problem),
        validationErrorString: this.misfit,
      },
      status,
      awsEndpointRequestId: requestId,
      integration: { status: answered, integrationStatus, latency, error, requestId },
      integrationStatus,
      integrationLatency: latency,
      integrationErrorMessage: error,
    };
  }

  get #shown(): NonNullable<Opening['shown']> {
    const { headers, shown } = this.opening;
    return shown ?? Object.entries(headers).map(([name, value]) => [name, [value]]);
  }

  /** Headers as functions and templates are shown them. Source: aws-samples/serverless-patterns, `apigw-websocket-api-connection-dynamodb`. */
  get shownHeaders(): Record<string, string> {
    return Object.fromEntries(this.#shown.map(([name, values]) => [name, values.at(-1) ?? '']));
  }

  /** The event of a function. Source: "Set up data mapping and Lambda proxy integrations for WebSocket APIs". */
  get event(): object {
    const { query } = this.opening;
    const isOpen = this.type !== 'MESSAGE';
    const queries = Object.entries(query);
    return {
      ...(isOpen && {
        headers: this.shownHeaders,
        multiValueHeaders: Object.fromEntries(this.#shown),
      }),
      ...(queries.length > 0 && {
        queryStringParameters: Object.fromEntries(queries.map(([name, all]) => [name, all.at(-1)])),
        multiValueQueryStringParameters: query,
      }),
      ...(Object.keys(this.variables).length > 0 && { stageVariables: this.variables }),
      requestContext: this.context,
      ...(this.type === 'MESSAGE' && { body: this.body }),
      isBase64Encoded: false,
    };
  }

  /**
   * What a selection expression comes to: one variable, variables between braces, or a text, in which `\\` stands before a `$` that is none.
   * Source: API Gateway Developer Guide, "WebSocket selection expressions in API Gateway".
   *
   * @param also finds what is not the request's
   */
  evaluate(expression: string, also: (path: string) => string | undefined = () => undefined): string {
    const find = (variable: string) =>
      also(variable.replace(/^\$\{?/, '').replace(/\}$/, '')) ?? this.select(variable) ?? '';
    if (/^\$[^{]/.test(expression)) return find(expression);
    return expression.replace(/\\\$|\$\{[^}]*\}/g, (found) => (found === '\\$' ? '$' : find(found)));
  }

  /** What an expression selects: `$request.body.action`; undefined where it selects nothing. */
  select(expression: string): string | undefined {
    const path = expression.replace(/^\$\{?/, '').replace(/\}$/, '');
    const [, place = '', name = ''] =
      /^(request\.body|route\.request\.body|(?:route\.)?request\.(?:header|querystring)|context|stageVariables)\.?(.*)$/s.exec(
        path,
      ) ?? [];
    const value = this.#find(place.replace('route.', ''), name);
    return value === undefined || value === null
      ? undefined
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value);
  }

  #find(place: string, name: string): unknown {
    if (place === 'request.body') {
      try {
        return jsonPath(`$.${name}`)(JSON.parse(this.body));
      } catch {
        return undefined;
      }
    }
    if (place === 'request.header') return own(this.opening.headers, name.toLowerCase());
    if (place === 'request.querystring') return own(this.opening.query, name)?.at(-1);
    if (place === 'context') return at(this.context, name);
    return own(this.variables, name);
  }
}

function madeUp({ random }: Ctx): string {
  return `${Buffer.from(random.bytes(11)).toString('base64url')}=`;
}
