/** References to secrets of Secrets Manager: parameters in name only, read through. Source: Systems Manager User Guide, "Referencing AWS Secrets Manager secrets from Parameter Store parameters". */
import { type Ctx, type OutputOf, ServiceError } from '#kernel/contract';
import { invalid, secretNotFound } from '../errors.ts';
import { arnOf } from './names.ts';

type Parameter = NonNullable<OutputOf<'ssm', 'GetParameter'>['Parameter']>;

const ROOT = '/aws/reference/secretsmanager/';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether a name refers to a secret. */
export function isReference(name: string): boolean {
  return name.startsWith(ROOT);
}

/**
 * What a reference shows: the secret's value, of a version or a staging label behind a colon, in the name of who asks.
 *
 * @throws {ServiceError} ParameterNotFound, ValidationException, and what Secrets Manager refuses
 */
export async function readReference(given: string, decrypt: boolean, ctx: Ctx): Promise<Parameter> {
  if (!decrypt) throw invalid('WithDecryption flag must be True for retrieving a Secret Manager secret.');
  const [name = '', version] = given.split(':');
  const SecretId = name.slice(ROOT.length);
  const one = version === undefined ? {} : UUID.test(version) ? { VersionId: version } : { VersionStage: version };
  try {
    const secret = await ctx.awsForCaller()['secrets-manager'].GetSecretValue({ SecretId, ...one });
    const { ARN, Name, VersionId, SecretString, SecretBinary, VersionStages, CreatedDate = ctx.now } = secret;
    const binary = SecretBinary && Buffer.from(SecretBinary).toString('base64');
    return {
      Name: name,
      Type: 'SecureString',
      Value: SecretString ?? binary ?? '',
      Version: 0,
      ...(version !== undefined && { Selector: `:${version}` }),
      SourceResult: JSON.stringify({
        ARN,
        name: Name,
        versionId: VersionId,
        ...(SecretString === undefined ? { secretBinary: binary } : { secretString: SecretString }),
        versionStages: VersionStages,
        createdDate: new Date(CreatedDate).toISOString(),
      }),
      LastModifiedDate: CreatedDate,
      ARN: arnOf(name, ctx),
      DataType: 'text',
    };
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'ResourceNotFoundException') throw secretNotFound(name);
    throw error;
  }
}
