/** Pages of other origins. Source: API Gateway Developer Guide, "Configure CORS for HTTP APIs in API Gateway". */
import type { TrafficReply } from '#kernel/contract';
import type { Cors } from '#models/apigatewayv2';

type Headers = Readonly<Record<string, string>>;

/** The answer to a preflight; undefined for a request that is none. */
export function preflight(cors: Cors | undefined, method: string, asked: Headers): TrafficReply | undefined {
  if (
    cors === undefined ||
    method !== 'OPTIONS' ||
    asked.origin === undefined ||
    asked['access-control-request-method'] === undefined
  )
    return undefined;
  return { status: 204, headers: corsHeaders(cors, asked), body: '' };
}

/** The headers of an answer to a page. */
export function corsHeaders(cors: Cors | undefined, asked: Headers): Record<string, string> {
  const { origin } = asked;
  if (cors === undefined || origin === undefined || !allows(cors.AllowOrigins ?? [], origin)) return {};
  const isAny = cors.AllowOrigins?.includes('*') === true;
  const isPreflight = asked['access-control-request-method'] !== undefined;
  return {
    'access-control-allow-origin': isAny ? '*' : origin,
    ...(cors.AllowCredentials === true && { 'access-control-allow-credentials': 'true' }),
    ...(cors.ExposeHeaders !== undefined && { 'access-control-expose-headers': cors.ExposeHeaders.join(',') }),
    ...(isPreflight && {
      ...(cors.AllowMethods !== undefined && { 'access-control-allow-methods': cors.AllowMethods.join(',') }),
      ...(cors.AllowHeaders !== undefined && { 'access-control-allow-headers': cors.AllowHeaders.join(',') }),
      ...(cors.MaxAge !== undefined && { 'access-control-max-age': String(cors.MaxAge) }),
    }),
    ...(!isAny && { vary: 'origin' }),
  };
}

/** Where an API has such settings, what its integrations say of other origins is not heard. */
export function withoutCors(cors: Cors | undefined, headers: TrafficReply['headers']): TrafficReply['headers'] {
  if (cors === undefined) return headers;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('access-control-')));
}

function allows(origins: readonly string[], origin: string): boolean {
  return origins.some(
    (one) => one === '*' || one === origin || (one.endsWith('://*') && origin.startsWith(one.slice(0, -1))),
  );
}
