/** A template and its parameters as a request gives them: read, checked, ready to be kept. */
import { isLike } from '#kernel/base';
import { type Ctx, type InputOf, notBuilt, ServiceError } from '#kernel/contract';
import { bodyTooLarge, capabilitiesMissing, invalid, unlistedType } from '../errors.ts';
import { BODY_BYTES_MAX, TAGS_MAX } from '../limits.ts';
import { handedText } from '../sets/handed.ts';
import type { Source, StackRow } from '../state.ts';
import { hasTransforms, transformed } from '../transform/transform.ts';
import { refuseFunctions } from './declared.ts';
import { checkSecure } from './dynamic.ts';
import { refuseExtensions, UNKNOWN } from './evaluate.ts';
import { memberOf } from './member.ts';
import { type GivenParameter, parameterValues, ssmNames, ssmParameters } from './parameters.ts';
import { type JsonObject, parseTemplate } from './parse.ts';
import { wantedOf } from './plan.ts';
import { rehearse } from './rehearse.ts';
import { checkRules } from './rules.ts';
import { textAt } from './s3-text.ts';
import { type StackFacts, scopeOf } from './scope.ts';
import { hiddenOf } from './secret.ts';
import { readTemplate, type Template, withoutResources } from './template.ts';
import { keepText, textOf } from './texts.ts';
import { typeNamed } from './type.ts';

export type GivenTemplate = {
  TemplateBody?: string | undefined;
  TemplateURL?: string | undefined;
  UsePreviousTemplate?: boolean | undefined;
};

/** The text of a template: in the request, in S3, or the one that the stack (or set of stacks) has. */
export async function templateText(
  given: GivenTemplate,
  stack: Pick<StackRow, 'source'> | undefined,
  ctx: Ctx,
): Promise<string> {
  const { TemplateBody: body, TemplateURL: url } = given;
  if (given.UsePreviousTemplate === true && stack !== undefined) return textOf(stack.source.template, ctx);
  if (body !== undefined && url !== undefined)
    throw invalid('Only one of TemplateBody and TemplateURL may be specified.');
  if (body !== undefined) {
    if (Buffer.byteLength(body) > BODY_BYTES_MAX) throw bodyTooLarge(body, BODY_BYTES_MAX);
    return body;
  }
  if (url === undefined) throw invalid('Either Template URL or Template Body must be specified.');
  // Source: badmintoncryer/cdk-preflight. This cloud's own addresses are http.
  if (url.startsWith('s3:')) throw invalid('The location for an Amazon S3 bucket must start with https://');
  return (await handedText(url, ctx)) ?? textAt(url, ctx);
}

export type Prepared = { source: Source; template: Template; capabilities: string[] };

type Given = GivenTemplate & {
  Parameters?: readonly GivenParameter[] | undefined;
  Tags?: InputOf<'cloudformation', 'CreateStack'>['Tags'];
  Capabilities?: readonly string[] | undefined;
  ResourceTypes?: readonly string[] | undefined;
};

/**
 * Reads what a request asks for. Not in a transaction: it may read from S3 and SSM, and call macros.
 *
 * @param isChangeSet what macros make of it can be looked at: nobody has to say that they know
 * @throws {ServiceError} ValidationError, InsufficientCapabilitiesException
 */
export async function prepare(
  given: Given,
  stack: StackRow | undefined,
  facts: Omit<StackFacts, 'parameters' | 'looked'>,
  ctx: Ctx,
  isChangeSet = false,
): Promise<Prepared> {
  const text = await templateText(given, stack, ctx);
  const raw = parseTemplate(text);
  const granted = grantedBy(given.Capabilities);
  const hasMacros = hasTransforms(raw);
  if (hasMacros && !isChangeSet && !granted.has('CAPABILITY_AUTO_EXPAND'))
    throw capabilitiesMissing(['CAPABILITY_AUTO_EXPAND']);
  if (isChangeSet) authorizeTransforms(raw, ctx);
  const previous = stack?.source.parameters ?? {};
  const processed = hasMacros ? await processedOf(raw, given, previous, facts, ctx) : undefined;
  const { Resources = {}, Outputs = {}, Conditions = {} } = processed ?? raw;
  if (!JSON.stringify(raw.Transform ?? null).includes('"AWS::LanguageExtensions"'))
    refuseExtensions([Resources, Outputs, Conditions]);
  const template = readTemplate(processed ?? raw);
  const parameters = parameterValues(template, given.Parameters ?? [], previous);
  const looked: { [name: string]: string } = {};
  for (const [name, parameter] of ssmParameters(template, parameters)) looked[name] = await ssmValue(parameter, ctx);
  for (const name of ssmNames(template, parameters)) await ssmParameter(name, ctx);
  const scope = scopeOf(template, { ...facts, parameters, looked }, new Map(), ctx);
  checkRules(template, scope);
  const wanted = wantedOf(template, scope);
  const types = wanted.map(({ type }) => type);
  if (given.ResourceTypes !== undefined) checkListed(types, given.ResourceTypes);
  await checkTypes(types, ctx);
  // Whether others export what is imported is looked at when the work begins.
  await rehearse(template, wanted, { ...scope, imported: () => UNKNOWN, output: () => UNKNOWN }, ctx.findResource);
  refusePolicies(template, hasMacros);
  if (!isChangeSet) checkSecure(wanted);
  const needed = checkCapabilities(template, granted);
  const tags = given.Tags === undefined ? (stack?.source.tags ?? {}) : tagsOf(given.Tags);
  const source = {
    template: await keepText(text, ctx),
    ...(processed !== undefined && { processed: await keepText(JSON.stringify(processed), ctx) }),
    parameters,
    hidden: hiddenOf(template),
    looked,
    tags,
  };
  // What is nested may need what its parent does not.
  const isNeeded = needed.length > 0 || hasMacros || wanted.some(({ type }) => type === 'AWS::CloudFormation::Stack');
  return { source, template, capabilities: isNeeded ? [...new Set(given.Capabilities)] : [] };
}

/** What a request's author says that they know: who knows of names knows of the rest. */
export function grantedBy(capabilities: readonly string[] | undefined): ReadonlySet<string> {
  const granted = new Set(capabilities);
  if (granted.has('CAPABILITY_NAMED_IAM')) granted.add('CAPABILITY_IAM');
  return granted;
}

/**
 * What a template's author must say that they know; empty where nothing.
 *
 * @throws {ServiceError} InsufficientCapabilitiesException
 */
export function checkCapabilities(template: Template, granted: ReadonlySet<string>): string[] {
  const needed = capabilitiesOf(template);
  const missing = needed.filter((name) => !granted.has(name));
  if (missing.length > 0) throw capabilitiesMissing(missing);
  return needed;
}

async function processedOf(
  raw: JsonObject,
  given: Given,
  previous: { readonly [name: string]: string },
  facts: Omit<StackFacts, 'parameters' | 'looked'>,
  ctx: Ctx,
): Promise<JsonObject> {
  const declared = withoutResources(raw);
  const parameters = parameterValues(declared, given.Parameters ?? [], previous);
  const scope = scopeOf(declared, { ...facts, parameters, looked: {} }, new Map(), ctx);
  return transformed(raw, { parameters, scope, ctx });
}

/** Source: CloudFormation User Guide, "Control CloudFormation access with IAM": what AWS's own transforms take of who makes a change set; aws/serverless-application-model, issue 179. */
function authorizeTransforms({ Transform = null }: JsonObject, ctx: Ctx): void {
  for (const one of [Transform].flat()) {
    const name = String(memberOf((one ?? {}) as JsonObject, 'Name') ?? one);
    if (!name.startsWith('AWS::')) continue;
    const resource = `arn:${ctx.partition}:cloudformation:${ctx.region}:aws:transform/${name.slice(5)}`;
    ctx.authorize({ action: 'cloudformation:CreateChangeSet', resource });
  }
}

/** Policies look at the types that a request lists (`cloudformation:ResourceTypes`): there are no others. @throws {ServiceError} ValidationError */
function checkListed(types: readonly string[], listed: readonly string[]): void {
  const other = types.find((type) => !listed.some((pattern) => isLike(pattern, type)));
  if (other !== undefined) throw unlistedType(other, listed);
}

/** Types that do not exist here fail by name, before anything is made. */
async function checkTypes(types: readonly string[], ctx: Ctx): Promise<void> {
  const unknown: string[] = [];
  for (const type of new Set(types)) if ((await typeNamed(type, ctx.findResource)) === undefined) unknown.push(type);
  if (unknown.length > 0)
    throw invalid(`Template format error: Unrecognized resource types: [${unknown.toSorted().join(', ')}]`);
}

/**
 * Update policies. Types that have none ignore them, as at AWS.
 * Source: CloudFormation Template Reference, "UpdatePolicy attribute": Auto Scaling groups, replication groups, domains, and aliases of functions.
 */
function refusePolicies({ resources }: Template, hasMacros: boolean): void {
  for (const { type, declared } of resources.values()) {
    if (!hasMacros) refuseFunctions(declared);
    const policy = declared.UpdatePolicy;
    if (type !== 'AWS::Lambda::Alias' || policy === null || typeof policy !== 'object') continue;
    // Traffic that moves to a new version bit by bit is CodeDeploy's work.
    if ('CodeDeployLambdaAliasUpdate' in policy) throw notBuilt('UpdatePolicy CodeDeployLambdaAliasUpdate');
  }
}

const IAM_TYPES: { readonly [type: string]: string } = {
  'AWS::IAM::Group': 'GroupName',
  'AWS::IAM::InstanceProfile': 'InstanceProfileName',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::IAM::User': 'UserName',
};
const IAM_TYPES_UNNAMED = ['AWS::IAM::AccessKey', 'AWS::IAM::Policy', 'AWS::IAM::UserToGroupAddition'];

/** What a template's author must say that they know. Source: CloudFormation API Reference, CreateStack, "Capabilities". */
export function capabilitiesOf({ resources }: Template): string[] {
  const all = [...resources.values()];
  if (all.some(({ type, properties }) => properties[IAM_TYPES[type] ?? ''] !== undefined))
    return ['CAPABILITY_NAMED_IAM'];
  if (all.some(({ type }) => type in IAM_TYPES || IAM_TYPES_UNNAMED.includes(type))) return ['CAPABILITY_IAM'];
  return [];
}

/**
 * A request's tags by key.
 *
 * Source: answers in elastic/cloud-on-k8s/issues/9232 and aws-quickstart/quickstart-examples/issues/39.
 *
 * @throws {ServiceError} ValidationError for too many, for AWS's own, for the same twice
 */
export function tagsOf(tags: NonNullable<Given['Tags']>): { [key: string]: string } {
  if (tags.length > TAGS_MAX) throw invalid(`Number of tags, ${tags.length}, exceeds the maximum of ${TAGS_MAX}`);
  const keys = tags.map(({ Key }) => Key);
  if (keys.some((key) => /^aws:/i.test(key ?? '')))
    throw invalid('aws: prefixed tag key names are not allowed for external use.');
  if (new Set(keys).size < keys.length) throw invalid('Tags contain duplicate keys; tag keys must be unique');
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}

/** Source: CloudFormation User Guide, "Parameters": no secure strings; the text as in aws/aws-cdk, issue 15135. */
async function ssmValue(name: string, ctx: Ctx): Promise<string> {
  const { Type, Value = '' } = await ssmParameter(name, ctx);
  if (Type === 'SecureString')
    throw invalid(`Parameters [${name}] referenced by template have types not supported by CloudFormation.`);
  return Value;
}

async function ssmParameter(Name: string, ctx: Ctx) {
  try {
    const { Parameter = {} } = await ctx.awsForCaller().ssm.GetParameter({ Name });
    return Parameter;
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'ParameterNotFound')
      throw invalid(`Unable to fetch parameters [${Name}] from parameter store for this account.`);
    throw error;
  }
}
