/** Which mappings of parameters there may be. Source: API Gateway Developer Guide, "Transform API requests and responses for HTTP APIs", "WebSocket API mapping template reference". */
import type { Integration } from '#models/apigatewayv2';
import { badRequest } from '../errors.ts';

const RESERVED =
  /^(access-control-.*|apigw-.*|authorization|connection|content-encoding|content-length|content-location|forwarded|keep-alive|origin|proxy-authenticate|proxy-authorization|te|trailers|transfer-encoding|upgrade|x-amz-.*|x-amzn-.*|x-forwarded-for|x-forwarded-host|x-forwarded-proto|via)$/i;
const REQUEST = /^(?:(?:append|overwrite|remove):(?:header|querystring)\.[^\s]+|overwrite:path)$/;
const RESPONSE = /^(?:(?:append|overwrite|remove):header\.[^\s]+|overwrite:statuscode)$/;
const SOCKET = /^integration\.request\.(?:header|querystring|path)\.[^\s]+$/;
const STATUS_MIN = 200;
const STATUS_MAX = 599;

/** @throws {ServiceError} BadRequestException for a mapping that means nothing */
export function checkMappings(integration: Integration, isHttp: boolean): void {
  const { RequestParameters = {}, ResponseParameters = {}, IntegrationSubtype } = integration;
  if (IntegrationSubtype === undefined)
    for (const rule of Object.keys(RequestParameters)) check(rule, isHttp ? REQUEST : SOCKET, 'Request');
  for (const [status, rules] of Object.entries(ResponseParameters)) {
    const code = Number(status);
    if (!Number.isInteger(code) || code < STATUS_MIN || code > STATUS_MAX)
      throw invalid(`Status Code ${status} is not valid.`);
    for (const rule of Object.keys(rules ?? {})) check(rule, RESPONSE, 'Response');
  }
}

/** Source of the texts: badmintoncryer/cdk-preflight; of WebSocket APIs it is measured at REST APIs. */
function check(rule: string, allowed: RegExp, of: 'Request' | 'Response'): void {
  if (!allowed.test(rule))
    throw invalid(
      allowed === SOCKET
        ? `Invalid mapping expression specified: ${rule}`
        : `Invalid ${of} Actioned Parameter destination specified: ${rule}`,
    );
  const header = /^\w+:header\.(.+)$/.exec(rule)?.[1];
  if (header !== undefined && RESERVED.test(header)) throw badRequest(`Operations on header ${header} are restricted`);
}

const invalid = (error: string) =>
  badRequest(`Invalid mapping expression specified: Validation Result: warnings : [], errors : [${error}]`);
