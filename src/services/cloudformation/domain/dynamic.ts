/** Dynamic references: values that a template does not contain, looked up when a resource is made or changed. */
import { type Aws, ServiceError } from '#kernel/contract';
import { invalid } from '../errors.ts';
import { memberOf } from './member.ts';
import type { Json, JsonObject } from './parse.ts';

/** Source: CloudFormation User Guide, "Get values stored in other services using dynamic references". */
const REFERENCE = /\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]+)\}\}/g;

/** Where secure parameters may go, of the types that are here. Source: CloudFormation User Guide, "Get a secure string value from Systems Manager Parameter Store". */
const SECURE = new Set([
  'AWS::IAM::User/Properties/LoginProfile/Password',
  'AWS::KinesisFirehose::DeliveryStream/Properties/RedshiftDestinationConfiguration/Password',
]);

/**
 * Source: aws/serverless-application-model, issue 1528; aws/aws-cdk, issue 4664 for what is in a list.
 *
 * @throws {ServiceError} ValidationError for secure parameters where they may not be
 */
export function checkSecure(resources: readonly { type: string; properties: JsonObject }[]): void {
  const wrong = resources
    .flatMap(({ type, properties }) => secureIn(properties, `${type}/Properties`))
    .filter((path) => !SECURE.has(path));
  if (wrong.length > 0) throw invalid(`SSM Secure reference is not supported in: [${wrong.join(',')}]`);
}

/** The paths of all texts with secure parameters; they end at lists and functions. */
function secureIn(value: Json, path: string): string[] {
  if (value === null || typeof value !== 'object') return isSecure(value) ? [path] : [];
  const entries = Object.entries(value);
  if (Array.isArray(value) || entries.some(([name]) => name.startsWith('Fn::'))) return isSecure(value) ? [path] : [];
  return entries.flatMap(([name, member]) => secureIn(member, `${path}/${name}`));
}

function isSecure(value: Json): boolean {
  if (typeof value === 'string') return value.includes('{{resolve:ssm-secure:');
  return value !== null && typeof value === 'object' && Object.values(value).some(isSecure);
}

/**
 * Properties with their dynamic references looked up. They are never kept: what is kept is the reference.
 *
 * @param isOpen only what is no secret is looked up
 * @throws {ServiceError} ValidationError
 */
export async function resolved(properties: JsonObject, aws: Aws, isOpen = false): Promise<JsonObject> {
  const values = new Map<string, string>();
  for (const [reference, kind = '', rest = ''] of referencesIn(properties))
    if (!values.has(reference) && (kind === 'ssm' || !isOpen)) values.set(reference, await lookUp(kind, rest, aws));
  return values.size === 0 ? properties : (replaced(properties, values) as JsonObject);
}

/** Each within one text. */
function referencesIn(value: Json): RegExpExecArray[] {
  if (typeof value === 'string') return [...value.matchAll(REFERENCE)];
  return value === null || typeof value !== 'object' ? [] : Object.values(value).flatMap(referencesIn);
}

function replaced(value: Json, values: ReadonlyMap<string, string>): Json {
  if (typeof value === 'string') return value.replace(REFERENCE, (reference) => values.get(reference) ?? reference);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => replaced(item, values));
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, replaced(member, values)]));
}

async function lookUp(kind: string, rest: string, aws: Aws): Promise<string> {
  try {
    return await (kind === 'secretsmanager' ? secret(rest, aws) : parameter(rest, kind === 'ssm-secure', aws));
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    // Source: aws-samples/data-mesh-datazone-cdk-cloudformation#19.
    if (MISSING.has(error.code)) throw invalid(`Parameters: [${kind}:${rest}] cannot be found.`);
    throw invalid(`Could not resolve {{resolve:${kind}:${rest}}}: ${error.message}`);
  }
}

const MISSING: ReadonlySet<string> = new Set(['ParameterNotFound', 'ParameterVersionNotFound']);

/** `name` or `name:version`; names have no colons. */
async function parameter(Name: string, isSecure: boolean, { ssm }: Aws): Promise<string> {
  const { Parameter } = await ssm.GetParameter({ Name, WithDecryption: isSecure });
  if (isSecure !== (Parameter?.Type === 'SecureString'))
    throw invalid(
      isSecure
        ? `SSM Secure reference is used for a parameter that is no SecureString: ${Name}`
        : `SSM parameter ${Name} is a SecureString: use ssm-secure`,
    );
  return Parameter?.Value ?? '';
}

/** `id:SecretString:key:stage:version`, of which all after the id may be missing; the id may be an ARN of seven parts. */
async function secret(reference: string, aws: Aws): Promise<string> {
  const parts = reference.split(':');
  const SecretId = reference.startsWith('arn:') ? parts.splice(0, 7).join(':') : (parts.shift() ?? '');
  const [form = 'SecretString', key = '', VersionStage = '', VersionId = ''] = parts;
  if (form !== 'SecretString' && form !== '') throw invalid(`Only SecretString is supported, not ${form}`);
  const { SecretString = '' } = await aws['secrets-manager'].GetSecretValue({
    SecretId,
    ...(VersionStage !== '' && { VersionStage }),
    ...(VersionId !== '' && { VersionId }),
  });
  if (key === '') return SecretString;
  const value = memberOf(jsonOf(SecretString), key);
  if (value === undefined) throw invalid(`Could not find a value associated with JSONKey in SecretString`);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function jsonOf(text: string): { [name: string]: unknown } | undefined {
  try {
    return JSON.parse(text) as { [name: string]: unknown };
  } catch {
    throw invalid('Could not parse SecretString JSON');
  }
}
