/** Answers that API Gateway gives by itself, in the words of the API where it has any. */
import type { Call, Reply } from './call.ts';
import { type GatewayFault, isLate } from './gateway-responses.ts';
import { parameterOf } from './parameters.ts';
import { headerText } from './proxy-event.ts';
import { at, contextOf } from './templates.ts';

/** What AWS says in its own words differs by where a request came to its end. Source: AWS's answers with their lengths, as users have published them. */
const DENIED = '{"Message":$context.error.messageString}';
const EARLY = '{"message":$context.error.messageString}';
const LATE = '{"message": $context.error.messageString}';
const CONTEXT = /\$(context(?:\.\w+)+|stageVariables\.\w+)/g;

/** The answer to a request that failed with `fault`. */
export function faultReply(call: Call, fault: GatewayFault): Reply {
  const { type, messageString, details, errorType, status: ownStatus } = fault;
  call.fault = { type, messageString, details };
  const family = ownStatus < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX';
  const own = call.compiled.gatewayResponse(type);
  const response = own ?? call.compiled.gatewayResponse(family);
  const asked = Number(own?.statusCode ?? response?.statusCode ?? ownStatus);
  // An interim status would leave the client waiting for another.
  const status = asked < 200 ? ownStatus : asked;
  const templates = response?.responseTemplates ?? {};
  const [first] = Object.keys(templates);
  const contentType = 'application/json' in templates ? 'application/json' : (first ?? 'application/json');
  const headers: Record<string, string> = {
    'content-type': headerText('content-type', contentType) ?? 'application/json',
    'x-amzn-errortype': errorType,
  };
  for (const [name, source] of Object.entries(response?.responseParameters ?? {})) {
    const key = name.replace(/^gatewayresponse\.header\./, '').toLowerCase();
    // Nothing that a client sent can end a header, or the headers.
    const value = headerText(key, parameterOf(call, source ?? ''));
    if (value !== undefined) headers[key] = value;
  }
  const otherwise = type === 'ACCESS_DENIED' ? DENIED : isLate(type) ? LATE : EARLY;
  return { status, headers, body: filled(call, templates[contentType] ?? otherwise) };
}

/** Gateway responses have no scripts, only variables. Source: API Gateway Developer Guide, "Gateway responses for REST APIs". */
function filled(call: Call, template: string): string {
  const known: Record<string, unknown> = { context: contextOf(call), stageVariables: call.use.variables };
  return template.replace(CONTEXT, (_, path: string) => {
    const value = at(known, path);
    return value === undefined || value === null ? (path.endsWith('String') ? 'null' : '') : String(value);
  });
}
