/** References to secrets of Secrets Manager: parameters in name only, read through. Source: Systems Manager User Guide, "Referencing AWS Secrets Manager secrets from Parameter Store parameters". */
import { type Ctx, type InputOf, type OutputOf, ServiceError } from '#kernel/contract';
import { badSelector, invalid, secretNotFound, secretRefused } from '../errors.ts';

type Parameter = NonNullable<OutputOf<'ssm', 'GetParameter'>['Parameter']>;
type Secret = OutputOf<'secrets-manager', 'GetSecretValue'>;

const ROOT = 'aws/reference/secretsmanager/';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether a name refers to a secret; the slash in front may lack. Source: radkawar/stackd, measured in 2026, as of what else it is cited for here. */
export function isReference(name: string): boolean {
  return unrooted(name).startsWith(ROOT);
}

const unrooted = (name: string) => name.replace(/^\//, '');

/** What is wrong with a reference before any secret is looked for; among several, such a name is told as an invalid one. */
export function faultOfReference(given: string, decrypt: boolean): ServiceError | undefined {
  const [, ...selectors] = given.split(':');
  if (selectors.length > 1 || selectors[0] === '') return badSelector();
  if (!decrypt) return invalid('WithDecryption flag must be True for retrieving a Secret Manager secret.');
  return undefined;
}

/**
 * What a reference shows: the secret's value, of a version or a staging label behind a colon, in the name of who asks.
 *
 * @throws {ServiceError} ParameterNotFound, ValidationException
 */
export async function readReference(given: string, decrypt: boolean, ctx: Ctx): Promise<Parameter> {
  const fault = faultOfReference(given, decrypt);
  if (fault !== undefined) throw fault;
  const [name = '', version] = given.split(':');
  const SecretId = unrooted(name).slice(ROOT.length);
  const one = version === undefined ? {} : UUID.test(version) ? { VersionId: version } : { VersionStage: version };
  const secret = await secretOf({ SecretId, ...one }, unrooted(name), ctx);
  return {
    Name: name,
    Type: 'SecureString',
    ...(secret.SecretString !== undefined && { Value: secret.SecretString }),
    Version: 0,
    ...(version !== undefined && { Selector: `:${version}` }),
    SourceResult: sourceOf(secret),
    LastModifiedDate: secret.CreatedDate ?? ctx.now,
    ...(secret.ARN !== undefined && { ARN: secret.ARN }),
  };
}

/** What Secrets Manager refuses is not told, other than that nothing is there. Source: radkawar/stackd. */
async function secretOf(asked: InputOf<'secrets-manager', 'GetSecretValue'>, name: string, ctx: Ctx): Promise<Secret> {
  try {
    return await ctx.awsForCaller()['secrets-manager'].GetSecretValue(asked);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const version = asked.VersionId ?? asked.VersionStage;
    throw error.code === 'ResourceNotFoundException' ? secretNotFound(name, version) : secretRefused();
  }
}

/** The answer as the service's Java writes it: a date for people, bytes as the buffer that holds them, and what HTML could mistake escaped. Source: radkawar/stackd. */
function sourceOf({
  ARN,
  Name,
  VersionId,
  SecretString,
  SecretBinary,
  VersionStages,
  CreatedDate = 0,
}: Secret): string {
  const time = new Date(CreatedDate).toLocaleString('en-US', {
    timeZone: 'UTC',
    dateStyle: 'medium',
    timeStyle: 'medium',
  });
  const source = JSON.stringify({
    ARN,
    name: Name,
    versionId: VersionId,
    ...(SecretString === undefined
      ? { secretBinary: bufferOf(SecretBinary ?? new Uint8Array()) }
      : { secretString: SecretString }),
    versionStages: VersionStages,
    createdDate: time.replace('\u202f', ' '),
  });
  return source.replace(/[<>&=']/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);
}

function bufferOf(bytes: Uint8Array): object {
  const { length } = bytes;
  return {
    hb: [...new Int8Array(bytes)],
    offset: 0,
    isReadOnly: false,
    bigEndian: true,
    nativeByteOrder: false,
    mark: -1,
    position: 0,
    limit: length,
    capacity: length,
    address: 8,
  };
}
