/** `$context` and the mapping templates of a REST API's call. */
import type { Call } from './call.ts';
import { claimTexts } from './claims.ts';
import { configurationError } from './errors.ts';
import { lastOf } from './request.ts';
import { RegexError } from './safe-regex.ts';
import { Input, Method, UTIL } from './vtl/input.ts';
import { TemplateError } from './vtl/render.ts';

/** `$context`, for templates and access logs. */
export function contextOf(call: Call): Record<string, unknown> {
  const { fault, integration, requestOverrides } = call;
  const claims = call.authorized?.claims;
  return {
    ...call.context,
    ...(claims !== undefined && { authorizer: { claims: claimTexts(claims) } }),
    requestOverride: requestOverrides,
    responseOverride: call.overrides,
    ...(fault !== undefined && {
      error: {
        message: fault.messageString === 'null' ? null : JSON.parse(fault.messageString),
        messageString: fault.messageString,
        responseType: fault.type,
        validationErrorString: fault.details,
      },
    }),
    ...(integration.status !== undefined && { integrationStatus: integration.status }),
    ...(integration.latency !== undefined && { integrationLatency: integration.latency }),
    integration: { status: integration.status, latency: integration.latency, error: integration.error },
    ...(integration.error !== undefined && { integrationErrorMessage: integration.error }),
  };
}

/**
 * Carries out a mapping template.
 *
 * @param body what `$input` reads
 * @throws {GatewayFault} where it can't be carried out
 */
export function mapped(call: Call, text: string, body: string): string {
  const shown = () => Object.fromEntries(call.shownHeaders.map(([name, values]) => [name, values.at(-1) ?? '']));
  const facts = { body, path: call.pathParameters, query: lastOf(call.query), headers: call.headers, shown };
  try {
    return call.compiled.template(text)({
      input: new Input(facts),
      method: new Method(facts),
      util: UTIL,
      context: contextOf(call),
      stageVariables: call.use.variables,
    });
  } catch (error) {
    if (
      error instanceof TemplateError ||
      error instanceof RegexError ||
      error instanceof RangeError ||
      error instanceof SyntaxError
    ) {
      call.say(`Execution failed due to configuration error: ${error.message}`);
      throw configurationError();
    }
    throw error;
  }
}

const VARIABLE = /\$\{stageVariables\.(\w+)\}/g;

/** A text of an integration with the stage's variables in it. */
export function withVariables(text: string, variables: Readonly<Record<string, string>>): string {
  return text.includes('${') ? text.replace(VARIABLE, (_, name: string) => own(variables, name) ?? '') : text;
}

/** What a path of names leads to: `context.identity.sourceIp`. */
export function at(value: unknown, path: string): unknown {
  let found = value;
  for (const name of path.split('.')) {
    if (found === null || typeof found !== 'object' || !Object.hasOwn(found, name)) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}

/** What has a name in a map that clients may ask anything of. */
export function own<Value>(values: { readonly [name: string]: Value }, name: string): Value | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}
