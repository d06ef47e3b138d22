/** Request validation. Source: API Gateway Developer Guide, "Request validation for REST APIs". */
import { TookTooLong } from '#kernel/base';
import type { Call } from './call.ts';
import type { CompiledMethod } from './compiled.ts';
import { configurationError } from './errors.ts';
import { GatewayFault } from './gateway-responses.ts';
import { type BodyCheck, SchemaError } from './schema.ts';
import { own } from './templates.ts';

/** @throws {GatewayFault} for what its method's validator refuses */
export function validate(call: Call, { validator, method }: CompiledMethod): void {
  if (validator?.validateRequestParameters === true) checkParameters(call, method.requestParameters ?? {});
  if (validator?.validateRequestBody === true) checkBody(call, method.requestModels ?? {});
}

function checkParameters(call: Call, parameters: { readonly [name: string]: boolean | undefined }): void {
  const missing = Object.entries(parameters)
    .filter(([name, isRequired]) => isRequired === true && !isGiven(call, name))
    .map(([name]) => name.split('.').slice(3).join('.'));
  if (missing.length > 0)
    throw new GatewayFault('BAD_REQUEST_PARAMETERS', `Missing required request parameters: [${missing.join(', ')}]`);
}

function isGiven(call: Call, parameter: string): boolean {
  const [, , place, ...names] = parameter.split('.');
  const name = names.join('.');
  const value =
    place === 'querystring'
      ? own(call.query, name)?.at(-1)
      : place === 'header'
        ? own(call.headers, name.toLowerCase())
        : own(call.pathParameters, name);
  return value !== undefined && value !== '';
}

function checkBody(call: Call, models: { readonly [type: string]: string | undefined }): void {
  const type = (call.headers['content-type'] ?? 'application/json').split(';')[0]?.trim().toLowerCase() ?? '';
  const model = own(models, type) ?? models.$default;
  if (model === undefined) return;
  const check = checkOf(call, model);
  const text = call.body.toString('utf8');
  const details = faultsOf(() => check(parsed(text), text.length));
  if (details !== undefined) throw new GatewayFault('BAD_REQUEST_BODY', 'Invalid request body', details);
}

/** What a body is told; one that keeps its model busy for too long does not fit it. */
function faultsOf(check: () => string | undefined): string | undefined {
  try {
    return check();
  } catch (error) {
    if (error instanceof TookTooLong) return error.message;
    // As deep as the body is, so deep is the check of a model that refers to itself.
    if (error instanceof RangeError) return 'the body is nested too deeply';
    throw error;
  }
}

/** @throws {GatewayFault} for a model that is not there, or can't be used */
function checkOf(call: Call, model: string): BodyCheck {
  try {
    const check = call.compiled.check(model);
    if (check !== undefined) return check;
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    call.say(`Execution failed due to configuration error: ${error.message}`);
  }
  throw configurationError();
}

function parsed(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    throw new GatewayFault('BAD_REQUEST_BODY', 'Invalid request body', 'the body is no JSON');
  }
}
