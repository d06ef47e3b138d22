/**
 * Environment variables under a customer's key of KMS: encrypted by whoever sets them, opened by the function's role by a grant, shown to whoever may decrypt.
 *
 * @see Lambda Developer Guide, "Securing Lambda environment variables"
 */
import { parseArn } from '#kernel/base';
import { type Ctx, type InputOf, type OutputOf, ServiceError } from '#kernel/contract';
import { aliasOfKey, notConfigured, notOpened, notSealed, notShown } from '../errors-kms.ts';
import type { CredentialsRow, VersionRow } from '../state.ts';
import type { Target } from './find.ts';
import { arnOf } from './names.ts';

type Variables = { [name: string]: string };
type Configuration = OutputOf<'lambda', 'GetFunctionConfiguration'>;

/** Under which function's name variables are encrypted. */
const contextOf = (functionArn: string) => ({ 'aws:lambda:FunctionArn': functionArn });

/** What a change makes of a function's variables: they stay as they are, or are these. */
export type Kept = 'as before' | Pick<VersionRow, 'environment' | 'sealed'>;

type Change = {
  given: Pick<InputOf<'lambda', 'UpdateFunctionConfiguration'>, 'Environment'>;
  settings: Pick<VersionRow, 'environment' | 'kmsKeyArn' | 'role'>;
  before?: VersionRow | undefined;
  /** Without a qualifier. */
  arn: string;
};

/**
 * Encrypts a function's variables with the caller's permissions, and lends its role the key.
 *
 * @throws {ServiceError} InvalidParameterValueException
 */
export async function sealVariables({ given, settings, before, arn }: Change, ctx: Ctx): Promise<Kept> {
  const { kmsKeyArn, role } = settings;
  const isOpen = before?.sealed === undefined;
  if (kmsKeyArn === undefined && (isOpen || given.Environment !== undefined)) return 'as before';
  const isKept = given.Environment === undefined && !isOpen && before.kmsKeyArn === kmsKeyArn;
  if (isKept && before.role === role) return 'as before';
  if (isKept) {
    await lendKey(kmsKeyArn ?? '', role, arn, ctx);
    return 'as before';
  }
  const environment =
    given.Environment === undefined && !isOpen
      ? await through(notSealed, () => openForCaller(before, arn, ctx))
      : settings.environment;
  if (kmsKeyArn === undefined || environment === undefined || Object.keys(environment).length === 0)
    return environment === undefined ? {} : { environment };
  await lendKey(kmsKeyArn, role, arn, ctx);
  return { sealed: await seal(environment, kmsKeyArn, arn, ctx) };
}

/** Settings with the variables that a change has made of those of `before`. */
export function withVariables<Settings extends Pick<VersionRow, 'environment'>>(
  settings: Settings,
  kept: Kept,
  before?: VersionRow,
): Omit<Settings, 'environment'> & Pick<VersionRow, 'environment' | 'sealed'> {
  if (kept === 'as before') {
    const { environment } = settings;
    return environment === undefined && before?.sealed !== undefined
      ? { ...settings, sealed: before.sealed }
      : settings;
  }
  const { environment: _, ...rest } = settings;
  return { ...rest, ...kept };
}

/** A grant in the caller's name: one of the same name that is the same in all else stays the one there is. */
async function lendKey(key: string, role: string, arn: string, ctx: Ctx): Promise<void> {
  if (parseArn(key)?.resource.startsWith('alias/') === true) throw aliasOfKey();
  const { account = '', resource = '' } = parseArn(role) ?? {};
  const name = arn.slice(arn.lastIndexOf(':') + 1);
  const session = `${resource.slice(resource.lastIndexOf('/') + 1)}/${name.padEnd(2, '_')}`;
  await through(notConfigured, () =>
    ctx.awsForCaller().kms.CreateGrant({
      KeyId: key,
      Name: arn,
      GranteePrincipal: `arn:${ctx.partition}:sts::${account}:assumed-role/${session}`,
      Operations: ['Decrypt', 'RetireGrant'],
      Constraints: { EncryptionContextEquals: contextOf(arn) },
    }),
  );
}

async function seal(variables: Variables, KeyId: string, arn: string, ctx: Ctx): Promise<string> {
  const { CiphertextBlob = new Uint8Array() } = await through(notSealed, () =>
    ctx.awsForCaller().kms.Encrypt({
      KeyId,
      Plaintext: Buffer.from(JSON.stringify(variables)),
      EncryptionContext: contextOf(arn),
    }),
  );
  return Buffer.from(CiphertextBlob).toString('base64');
}

type Kms = ReturnType<Ctx['awsForCaller']>['kms'];

async function open(sealed: string, KeyId: string | undefined, arn: string, kms: Kms): Promise<Variables> {
  const { Plaintext = new Uint8Array() } = await kms.Decrypt({
    ...(KeyId !== undefined && { KeyId }),
    CiphertextBlob: Buffer.from(sealed, 'base64'),
    EncryptionContext: contextOf(arn),
  });
  return JSON.parse(Buffer.from(Plaintext).toString()) as Variables;
}

function openForCaller({ sealed = '', kmsKeyArn }: VersionRow, arn: string, ctx: Ctx): Promise<Variables> {
  return open(sealed, kmsKeyArn, arn, ctx.awsForCaller().kms);
}

/**
 * What a call runs, with its variables open.
 *
 * Deviation: the key is asked for with every call; AWS asks for it when an environment starts, so that those which have started go on without it.
 *
 * @throws {ServiceError} KMSAccessDeniedException, KMSDisabledException, KMSInvalidStateException, KMSNotFoundException
 */
export async function opened(target: Target, { accessKeyId }: CredentialsRow, ctx: Ctx): Promise<Target> {
  const { account, version } = target;
  const { sealed, kmsKeyArn, name } = version;
  const kms = sealed === undefined ? undefined : ctx.actWith(accessKeyId)?.aws().kms;
  if (sealed === undefined || kms === undefined) return target;
  const environment = await through(notOpened, () => open(sealed, kmsKeyArn, arnOf(ctx, account, name), kms));
  return { ...target, version: { ...version, environment } };
}

/** A configuration as it is shown to the caller: with the variables, or why they can't be. */
export async function showVariables(
  shown: Configuration,
  version: VersionRow,
  account: string,
  ctx: Ctx,
): Promise<Configuration> {
  if (version.sealed === undefined) return shown;
  try {
    const Variables = await openForCaller(version, arnOf(ctx, account, version.name), ctx);
    return { ...shown, Environment: { Variables } };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { ...shown, Environment: { Error: { ErrorCode: error.code, Message: notShown(error) } } };
  }
}

async function through<T>(refusal: (error: ServiceError) => ServiceError, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw error instanceof ServiceError ? refusal(error) : error;
  }
}
