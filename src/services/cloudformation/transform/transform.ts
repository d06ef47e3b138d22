/**
 * Transforms: what makes of a template as it is written one that can be deployed.
 *
 * Deviation: a transform that fails is told at once, by the request; AWS makes a stack or a change set first, which then fails.
 */
import { type Ctx, ServiceError } from '#kernel/contract';
import { evaluate, type Scope } from '../domain/evaluate.ts';
import { checkDepth, type Json, type JsonObject, parseTemplate } from '../domain/parse.ts';
import { textAt } from '../domain/s3-text.ts';
import { readTemplate, type Template } from '../domain/template.ts';
import { invalid, templateFormat } from '../errors.ts';
import { MADE_MAX, TEMPLATE_BYTES_MAX } from '../limits.ts';
import { macros } from '../state.ts';
import { expandLoops } from './loops.ts';
import { translateSam } from './sam/translate.ts';
import { checkMade } from './size.ts';

/** What transforms know of the stack. `scope` has parameters and mappings, no resources. */
export type Setting = { parameters: { readonly [name: string]: string }; scope: Scope; ctx: Ctx };

const SAM = 'AWS::Serverless-2016-10-31';

/** Whether anything in a template asks for a transform. */
export function hasTransforms(raw: JsonObject): boolean {
  return raw.Transform !== undefined || JSON.stringify(raw).includes('"Fn::Transform"');
}

/**
 * A template before its transforms, which may write out loops and includes, and make what it refers to already: SAM CLI asks for
 * the summary of a stack before each update, and the outputs of its first example name an API that SAM makes.
 *
 * @throws {ServiceError} ValidationError
 */
export function readUntransformed(text: string): Template {
  const raw = parseTemplate(text);
  return readTemplate(raw, !hasTransforms(raw));
}

/** @throws {ServiceError} ValidationError */
export async function transformed(raw: JsonObject, setting: Setting): Promise<JsonObject> {
  const { Transform: asked, ...inlined } = objectBy('Fn::Transform', await inline(raw, setting));
  let template: JsonObject = inlined;
  const named = (Array.isArray(asked) ? asked : asked === undefined ? [] : [asked]).map(callOf);
  for (const { name, parameters } of named) {
    template = checkMade(objectBy(name, await apply(name, parameters, template, setting)), MADE_MAX);
  }
  return checkMade(template, TEMPLATE_BYTES_MAX);
}

function objectBy(transform: string, made: Json): JsonObject {
  if (made === null || typeof made !== 'object' || Array.isArray(made))
    throw invalid(`Transform ${transform} failed with: the template it made is not an object.`);
  return made;
}

type Call = { name: string; parameters: JsonObject };

function callOf(value: Json): Call {
  if (typeof value === 'string') return { name: value, parameters: {} };
  const { Name: name, Parameters: parameters } = (value ?? {}) as JsonObject;
  if (typeof name !== 'string') throw templateFormat('Every Transform must have a Name.');
  return { name, parameters: (parameters ?? {}) as JsonObject };
}

/** Fn::Transform anywhere: the deepest first; what it makes takes the place of its siblings and itself. */
async function inline(value: Json, setting: Setting): Promise<Json> {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return Promise.all(value.map((item) => inline(item, setting)));
  const entries: [string, Json][] = [];
  for (const [name, member] of Object.entries(value)) entries.push([name, await inline(member, setting)]);
  const { 'Fn::Transform': asked, ...siblings } = Object.fromEntries(entries) as JsonObject;
  if (asked === undefined) return siblings;
  const { name, parameters } = callOf(asked);
  const made = await apply(name, parameters, siblings, setting);
  checkDepth(made, 0);
  return made;
}

async function apply(name: string, parameters: JsonObject, fragment: JsonObject, setting: Setting): Promise<Json> {
  if (name === 'AWS::LanguageExtensions') return expandLoops(fragment, setting.scope);
  if (name === SAM) return translateSam(fragment, setting);
  if (name === 'AWS::Include') return include(parameters, fragment, setting);
  if (name.startsWith('AWS::')) throw invalid(`Transform ${name} is not built in Cloudyard yet.`);
  return macro(name, parameters, fragment, setting);
}

/** Source: CloudFormation Template Reference, "Fn::Transform": the location may be a function of parameters and mappings. */
async function include({ Location = null }: JsonObject, siblings: JsonObject, { ctx, scope }: Setting): Promise<Json> {
  const given = evaluate(Location, scope);
  if (typeof given !== 'string')
    throw invalid("The location parameter is required for the 'AWS::Include' transform and must be a text.");
  const included = parseTemplate(await textAt(given, ctx));
  return { ...siblings, ...included };
}

/** A macro: a function that is given a piece of the template and gives back another. */
async function macro(name: string, params: JsonObject, fragment: JsonObject, setting: Setting): Promise<Json> {
  const { ctx, parameters } = setting;
  const called = `${ctx.account}::${name}`;
  const row = ctx.store.get(macros, { name: name.slice(name.lastIndexOf(':') + 1) });
  if (row === undefined) throw invalid(`No transform named ${called} found.`);
  const requestId = ctx.uuid();
  const Payload = Buffer.from(
    JSON.stringify({
      region: ctx.region,
      accountId: ctx.account,
      fragment,
      transformId: called,
      params,
      requestId,
      templateParameterValues: parameters,
    }),
  );
  try {
    const answer = await ctx.awsForCaller().lambda.Invoke({ FunctionName: row.functionName, Payload });
    const text = Buffer.from(answer.Payload ?? []).toString('utf8');
    if (answer.FunctionError !== undefined) throw invalid(`Transform ${called} failed with: ${text}.`);
    const { status, fragment: made, errorMessage } = JSON.parse(text) as JsonObject;
    if (String(status).toLowerCase() !== 'success')
      throw invalid(`Transform ${called} failed with: ${String(errorMessage ?? 'no reason given')}.`);
    return made ?? null;
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'ValidationError') throw error;
    const why = error instanceof ServiceError ? error.message : 'the answer is not JSON';
    throw invalid(`Transform ${called} failed with: ${why}.`);
  }
}
