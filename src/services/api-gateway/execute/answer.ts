/** What an integration's answer becomes: which response it is, its headers and its body. Source: API Gateway Developer Guide, "Set up an integration response". */
import type { Fetched } from '#kernel/contract';
import type { Call, Reply } from './call.ts';
import type { CompiledMethod } from './compiled.ts';
import { configurationError } from './errors.ts';
import { asTexts } from './overrides.ts';
import { parameterOf } from './parameters.ts';
import { answerHeader, headerText } from './proxy-event.ts';
import { RegexError } from './safe-regex.ts';
import { mapped, own } from './templates.ts';

/** Whether the first type that the client accepts is a binary one. Source: "Content type conversions in API Gateway". */
export function acceptsBinary({ headers, compiled }: Call): boolean {
  return compiled.isBinary(headers.accept?.split(',')[0] ?? '*/*');
}

/** Of an answer: it is a function's; its body as mappings to headers see it. */
type Told = { isFunction: boolean; mapped: Uint8Array };

/** What an integration's answer becomes by the response whose pattern fits. */
export function answered(
  call: Call,
  method: CompiledMethod,
  selected: string,
  answer: Fetched,
  { isFunction, mapped: told }: Told = { isFunction: false, mapped: answer.body },
): Reply {
  call.integration.status = answer.status;
  call.integration.requestId ??= answer.headers['x-amzn-requestid'];
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
  const becomes = conversionOf(call, response.contentHandling, answer, isFunction);
  const text = Buffer.from(answer.body).toString(becomes === 'base64' ? 'base64' : 'utf8');
  const templates = response.responseTemplates ?? {};
  // Of what is accepted, the type alone selects. Source: Developer Guide, "Select a VTL mapping template".
  const wanted = call.headers.accept?.split(/[,;]/)[0]?.trim() ?? 'application/json';
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
    const value = parameterOf(call, source ?? '', { ...answer, body: told });
    const safe = value === undefined ? undefined : answerHeader(target.replace('method.response.header.', ''), value);
    if (safe !== undefined) headers[safe[0]] = safe[1];
  }
  // An empty template lets the body through as it is, too.
  const body =
    template === undefined || template === null || template === ''
      ? passed(call, answer, becomes, text)
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
  const set = Object.entries(asTexts(overrides.header)).map(([name, value]) => answerHeader(name, value));
  const headers = Object.fromEntries(set.filter((one) => one !== undefined));
  return { ...reply, status, headers: { ...reply.headers, ...headers } };
}

/** `base64`: bytes become a text; `bytes`: a text in base64 becomes bytes. */
type Conversion = 'base64' | 'bytes' | 'none';

/**
 * What becomes of a body by its type, by what the client accepts, and by what the response asks for. Source: "Content type conversions in API Gateway".
 * Functions answer texts; one that nobody asks to convert, and whose type is a binary one, is let through as it is.
 */
function conversionOf(
  call: Call,
  contentHandling: string | undefined,
  { headers }: Fetched,
  isFunction: boolean,
): Conversion {
  const isBytes = call.compiled.isBinary(headers['content-type']);
  if (contentHandling === 'CONVERT_TO_BINARY') return isBytes && !isFunction ? 'none' : 'bytes';
  if (contentHandling === 'CONVERT_TO_TEXT') return isBytes && !isFunction ? 'base64' : 'none';
  if (isBytes === acceptsBinary(call)) return 'none';
  return isBytes ? 'base64' : 'bytes';
}

function passed(call: Call, answer: Fetched, becomes: Conversion, text: string): string | Uint8Array {
  if (becomes === 'none') return answer.body;
  if (becomes === 'base64') return text;
  // A function gives its text as JSON.
  const coded = text.trim().replace(/^"(.*)"$/s, '$1');
  if (!/^[A-Za-z0-9+/\r\n]*={0,2}$/.test(coded)) {
    call.say('Execution failed due to configuration error: Unable to base64 decode the body.');
    throw configurationError();
  }
  return Buffer.from(coded, 'base64');
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
