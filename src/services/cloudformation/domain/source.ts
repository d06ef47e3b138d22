/** A template and its parameters as a request gives them: read, checked, ready to be kept. */
import { type Ctx, type InputOf, ServiceError } from '#kernel/contract';
import { capabilitiesMissing, invalid, templateTooLarge } from '../errors.ts';
import { BODY_BYTES_MAX, TAGS_MAX } from '../limits.ts';
import type { Source, StackRow } from '../state.ts';
import { type GivenParameter, parameterValues, ssmParameters } from './parameters.ts';
import { parseTemplate } from './parse.ts';
import { wantedOf } from './plan.ts';
import { type StackFacts, scopeOf } from './scope.ts';
import { readTemplate, type Template } from './template.ts';
import { keepText, textOf } from './texts.ts';
import { typeNamed } from './type.ts';

export type GivenTemplate = {
  TemplateBody?: string | undefined;
  TemplateURL?: string | undefined;
  UsePreviousTemplate?: boolean | undefined;
};

/** The text of a template: in the request, in S3, or the one that the stack has. */
export async function templateText(given: GivenTemplate, stack: StackRow | undefined, ctx: Ctx): Promise<string> {
  const { TemplateBody: body, TemplateURL: url } = given;
  if (given.UsePreviousTemplate === true && stack !== undefined) return textOf(stack.source.template, ctx);
  if (body !== undefined && url !== undefined)
    throw invalid('Only one of TemplateBody and TemplateURL may be specified.');
  if (body !== undefined) {
    if (Buffer.byteLength(body) > BODY_BYTES_MAX) throw templateTooLarge(BODY_BYTES_MAX);
    return body;
  }
  if (url === undefined) throw invalid('Either Template URL or Template Body must be specified.');
  return textAt(url, ctx);
}

/** Forms of S3's addresses: the bucket in the path, or in the host; of AWS or of this cloud; and `s3://`. */
const IN_PATH =
  /^https?:\/\/(?:s3[.-](?:[a-z0-9-]+\.)*amazonaws\.com(?:\.cn)?|s3\.(?:[a-z0-9-]+\.)*localhost|localhost|127\.0\.0\.1|\[::1\])(?::\d+)?\/([^/?]+)\/([^?]+)(?:\?(.*))?$/;
const IN_HOST =
  /^https?:\/\/([a-z0-9.-]+?)\.s3[.-](?:[a-z0-9-]+\.)*(?:amazonaws\.com(?:\.cn)?|localhost)(?::\d+)?\/([^?]+)(?:\?(.*))?$/;
const AS_URI = /^s3:\/\/([^/]+)\/(.+)$/;

/** A text in S3, by any form of its address. */
export async function textAt(url: string, ctx: Ctx): Promise<string> {
  const [, Bucket, key, query] = IN_PATH.exec(url) ?? IN_HOST.exec(url) ?? AS_URI.exec(url) ?? [];
  if (Bucket === undefined || key === undefined) throw invalid('TemplateURL must be a supported URL.');
  const VersionId = new URLSearchParams(query ?? '').get('versionId') ?? undefined;
  try {
    const { Body } = await ctx.awsForCaller().s3.GetObject({ Bucket, Key: decodeURIComponent(key), VersionId });
    const pieces: Uint8Array[] = [];
    let size = 0;
    for await (const piece of Body ?? []) {
      size += piece.length;
      if (size > TEMPLATE_FILE_MAX) throw templateTooLarge(TEMPLATE_FILE_MAX);
      pieces.push(piece);
    }
    return Buffer.concat(pieces).toString('utf8');
  } catch (error) {
    if (error instanceof ServiceError && error.code !== 'ValidationError')
      throw invalid(
        `S3 error: ${error.message}\nFor more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html`,
      );
    throw error;
  }
}

const TEMPLATE_FILE_MAX = 1_048_576;

export type Prepared = { source: Source; template: Template; capabilities: string[] };

type Given = GivenTemplate & {
  Parameters?: readonly GivenParameter[] | undefined;
  Tags?: InputOf<'cloudformation', 'CreateStack'>['Tags'];
  Capabilities?: readonly string[] | undefined;
};

/**
 * Reads what a request asks for. Not in a transaction: it may read from S3 and SSM.
 *
 * @throws {ServiceError} ValidationError, InsufficientCapabilitiesException
 */
export async function prepare(
  given: Given,
  stack: StackRow | undefined,
  facts: Omit<StackFacts, 'parameters' | 'looked'>,
  ctx: Ctx,
): Promise<Prepared> {
  const text = await templateText(given, stack, ctx);
  const template = readTemplate(parseTemplate(text));
  refuseTransforms(template);
  const parameters = parameterValues(template, given.Parameters ?? [], stack?.source.parameters ?? {});
  const looked: { [name: string]: string } = {};
  for (const [name, parameter] of ssmParameters(template, parameters)) looked[name] = await ssmValue(parameter, ctx);
  const scope = scopeOf(template, { ...facts, parameters, looked }, new Map(), ctx);
  const types = wantedOf(template, scope).map(({ type }) => type);
  await checkTypes(types, ctx);
  const needed = capabilitiesOf(template);
  const granted = new Set(given.Capabilities);
  if (granted.has('CAPABILITY_NAMED_IAM')) granted.add('CAPABILITY_IAM');
  const missing = needed.filter((name) => !granted.has(name));
  if (missing.length > 0) throw capabilitiesMissing(missing);
  const tags = given.Tags === undefined ? (stack?.source.tags ?? {}) : tagsOf(given.Tags);
  const source = { template: await keepText(text, ctx), parameters, looked, tags };
  return { source, template, capabilities: needed.length === 0 ? [] : [...new Set(given.Capabilities)] };
}

/** Macros and SAM would change what is deployed: a template that asks for them is refused, never taken as it is. */
function refuseTransforms({ transforms }: Template): void {
  const [first] = transforms;
  if (first !== undefined)
    throw invalid(
      `Transform ${typeof first === 'string' ? first : JSON.stringify(first)} is not built in Cloudyard yet.`,
    );
}

/** Types that do not exist here fail by name, before anything is made. */
async function checkTypes(types: readonly string[], ctx: Ctx): Promise<void> {
  const unknown: string[] = [];
  for (const type of new Set(types)) if ((await typeNamed(type, ctx.findResource)) === undefined) unknown.push(type);
  if (unknown.length > 0)
    throw invalid(`Template format error: Unrecognized resource types: [${unknown.toSorted().join(', ')}]`);
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

function tagsOf(tags: NonNullable<Given['Tags']>): { [key: string]: string } {
  if (tags.length > TAGS_MAX) throw invalid(`Number of tags, ${tags.length}, exceeds the maximum of ${TAGS_MAX}`);
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}

async function ssmValue(name: string, ctx: Ctx): Promise<string> {
  try {
    const { Parameter } = await ctx.awsForCaller().ssm.GetParameter({ Name: name });
    return Parameter?.Value ?? '';
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'ParameterNotFound')
      throw invalid(`Unable to fetch parameters [${name}] from parameter store for this account.`);
    throw error;
  }
}
