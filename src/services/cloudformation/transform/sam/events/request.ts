/** What a method of a REST API asks of requests: a model, parameters. */
import type { Json, JsonObject } from '../../../domain/parse.ts';
import { type RequestParameter, setParameters, setRequestModel, setValidator } from '../api/models.ts';
import { expectMap, ofEvent } from '../expect.ts';
import { eventFault } from '../faults.ts';
import { told } from '../python.ts';
import { isGiven, isIntrinsic, isMap, listOf, memberOf } from '../values.ts';
import type { Event } from './event.ts';

/**
 * Adds what an event asks of requests to the API's document.
 *
 * @throws {SamFault}
 */
export function addRequest(event: Event, document: JsonObject, api: JsonObject): void {
  const { name, given } = event;
  const [path, method] = [String(given.Path), String(given.Method)];
  if (isGiven(given.RequestModel))
    addModel(event, expectMap(given.RequestModel, ofEvent(name, 'RequestModel')), document, api);
  if (!isGiven(given.RequestParameters)) return;
  const parameters = listOf(given.RequestParameters).map((one) => parameterOf(name, one));
  setParameters(document, path, method, parameters);
}

function addModel({ name, given }: Event, request: JsonObject, document: JsonObject, api: JsonObject): void {
  const [path, method] = [String(given.Path), String(given.Method)];
  const model = request.Model;
  if (!isGiven(model)) return;
  const at = `on API method [${method}] for path [${path}]`;
  const cannot = (why: string) => eventFault(name, `Unable to set RequestModel [${told(model)}] ${at} because ${why}.`);
  const models = api.Models;
  if (!isGiven(models)) throw cannot('the related API does not define any Models');
  if (!isIntrinsic(models) && !isMap(models)) throw cannot('the related API Models defined is of invalid type');
  if (typeof model !== 'string') throw cannot('the related API does not contain valid Models');
  if (!isGiven(memberOf(models, model))) throw cannot("it wasn't defined in the API's Models");
  setRequestModel(document, path, method, request);
  const { ValidateBody, ValidateParameters } = request;
  if ((ValidateBody ?? null) === null && (ValidateParameters ?? null) === null) return;
  const [body, rest] = [ValidateBody ?? false, ValidateParameters ?? false];
  if (typeof body !== 'boolean' || typeof rest !== 'boolean')
    throw eventFault(
      name,
      `Unable to set Validator to RequestModel [${model}] ${at} ValidateBody and ValidateParameters must be a boolean type, strings or intrinsics are not supported.`,
    );
  setValidator(document, path, method, body, rest);
}

function parameterOf(event: string, declared: Json): RequestParameter {
  const invalid = (why: string) => eventFault(event, `Invalid value for 'RequestParameters' property. ${why}`);
  if (typeof declared !== 'string' && !isMap(declared)) throw invalid('Property must be either a string or an object');
  const [entry] = typeof declared === 'string' ? [[declared, {}] as [string, Json]] : Object.entries(declared);
  const [name, settings]: [string, Json] = entry ?? ['', {}];
  if (!/^method\.request\.(querystring|path|header)\./.test(name))
    throw invalid(
      "Keys must be in the format 'method.request.[querystring|path|header].{value}', e.g 'method.request.header.Authorization'.",
    );
  if (!isMap(settings) || !Object.keys(settings).every((key) => key === 'Required' || key === 'Caching'))
    throw invalid('Values must be an object, e.g { Required: true, Caching: false }');
  return { name, required: settings.Required ?? false, caching: settings.Caching ?? false };
}
