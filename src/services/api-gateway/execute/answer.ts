/** What an integration's answer becomes: which response it is, its headers and its body. Source: API Gateway Developer Guide, "Set up an integration response". */
import type { Fetched } from '#kernel/contract';
import type { Call, Reply } from './call.ts';
import type { CompiledMethod } from './compiled.ts';
import { configurationError } from './errors.ts';
import { parameterOf } from './parameters.ts';
import { headerText, safeHeader } from './proxy-event.ts';
import { RegexError } from './safe-regex.ts';
import { mapped, own } from './templates.ts';

/** What an integration's answer becomes by the response whose pattern fits. */
export function answered(call: Call, method: CompiledMethod, selected: string, answer: Fetched): Reply {
  call.integration.status = answer.status;
  call.integration.requestId = answer.headers['x-amzn-requestid'];
  const found = responseFor(call, method, selected, String(answer.status));
  if (found === undefined) {
    call.say(
      'Execution failed due to configuration error: No match for output mapping and no default output mapping configured',
    );
    throw configurationError();
  }
  const { response, status } = found;
  if (method.method.methodResponses?.[status] === undefined) {
    call.say(
      `Execution failed due to configuration error: Output mapping refers to an invalid method response: ${status}`,
    );
    throw configurationError();
  }
  const text = Buffer.from(answer.body).toString(response.contentHandling === 'CONVERT_TO_TEXT' ? 'base64' : 'utf8');
  const templates = response.responseTemplates ?? {};
  const wanted = call.headers.accept?.split(',')[0]?.trim() ?? 'application/json';
  const [first] = Object.keys(templates);
  // What the backend calls it is not handed on unless it is mapped. Source: Developer Guide, "Important notes".
  const contentType =
    own(templates, wanted) !== undefined
      ? wanted
      : 'application/json' in templates
        ? 'application/json'
        : (first ?? 'application/json');
  const template = templates[contentType];
  const headers: Record<string, string> = {
    'content-type': headerText('content-type', contentType) ?? 'application/json',
  };
  for (const [target, source] of Object.entries(response.responseParameters ?? {})) {
    const value = parameterOf(call, source ?? '', answer);
    const safe = value === undefined ? undefined : safeHeader(target.replace('method.response.header.', ''), value);
    if (safe !== undefined) headers[safe[0]] = safe[1];
  }
  // An empty template lets the body through as it is, too.
  const body =
    template === undefined || template === null || template === ''
      ? passed(answer, response.contentHandling, text)
      : mapped(call, template, text);
  return overridden(call, { status: Number(status), headers, body });
}

/** An answer as its template has set it otherwise. Source: API Gateway Developer Guide, "Override your API's request and response parameters and status codes". */
function overridden(call: Call, reply: Reply): Reply {
  const { overrides } = call;
  const status = Number(overrides.status ?? reply.status);
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    call.say(`Execution failed due to configuration error: Invalid status code override: ${overrides.status}`);
    throw configurationError();
  }
  const set = Object.entries(overrides.header).map(([name, value]) => safeHeader(name, value));
  const headers = Object.fromEntries(set.filter((one) => one !== undefined));
  return { ...reply, status, headers: { ...reply.headers, ...headers } };
}

function passed(answer: Fetched, contentHandling: string | undefined, text: string): string | Uint8Array {
  if (contentHandling === 'CONVERT_TO_BINARY') return Buffer.from(text, 'base64');
  return contentHandling === 'CONVERT_TO_TEXT' ? text : answer.body;
}

function fits(call: Call, pattern: CompiledMethod['responses'][number]['pattern'], selected: string): boolean {
  try {
    return pattern?.matches(selected) === true;
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    call.say(`Execution failed due to configuration error: ${error.message}`);
    throw configurationError();
  }
}

/** The response whose pattern fits, first that of the same status; one without a pattern is for what is left. Source: AWS's answers, as users have measured them. */
function responseFor(call: Call, { responses }: CompiledMethod, selected: string, status: string) {
  const fitting = responses.filter(({ pattern }) => pattern !== undefined && fits(call, pattern, selected));
  return (
    fitting.find((one) => one.status === status) ?? fitting[0] ?? responses.find(({ pattern }) => pattern === undefined)
  );
}
