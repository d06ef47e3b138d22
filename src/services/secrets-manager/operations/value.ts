/** Values of secrets, read. */
import { type Ctx, type Handler, type OutputOf, ServiceError } from '#kernel/contract';
import { filterOf } from '../domain/filter.ts';
import { findSecret, findVersion, liveSecret, versionsOf } from '../domain/find.ts';
import { pageOf } from '../domain/page.ts';
import { randomPassword } from '../domain/password.ts';
import { openValue } from '../domain/value.ts';
import { invalidParameter, pagesNeedFilters } from '../errors.ts';
import { BATCH_DEFAULT, LIST_DEFAULT } from '../limits.ts';
import { onSecret } from '../policy.ts';
import { secrets, versions } from '../state.ts';

type Value = OutputOf<'secrets-manager', 'GetSecretValue'>;

async function read(id: string, version: string | undefined, stage: string | undefined, ctx: Ctx): Promise<Value> {
  const { secret, store } = liveSecret(id, ctx);
  const row = findVersion(secret, version, stage, store);
  const bytes = await openValue(row, secret.arn, ctx);
  note(id, row.id, ctx);
  return {
    ARN: secret.arn,
    Name: secret.name,
    VersionId: row.id,
    ...(row.binary ? { SecretBinary: bytes } : { SecretString: bytes.toString('utf8') }),
    VersionStages: [...row.stages],
    CreatedDate: row.createdAt,
  };
}

/** Source: Secrets Manager API Reference, DescribeSecret: the date of the last access, without its time. */
const DAY = 86_400_000;

function note(id: string, versionId: string, ctx: Ctx): void {
  const today = ctx.now - (ctx.now % DAY);
  const { secret } = findSecret(id, ctx);
  if (secret.accessedAt === today) return;
  ctx.transact(() => {
    const { secret: row, store } = findSecret(id, ctx);
    store.put(secrets, { ...row, accessedAt: today });
    const version = store.get(versions, { name: row.name, id: versionId });
    if (version !== undefined) store.put(versions, { ...version, accessedAt: today });
  });
}

export const getSecretValue: Handler<'secrets-manager', 'GetSecretValue'> = (input, ctx) =>
  read(input.SecretId, input.VersionId, input.VersionStage, ctx);

export const batchGetSecretValue: Handler<'secrets-manager', 'BatchGetSecretValue'> = async (input, ctx) => {
  const { SecretIdList: ids, Filters: filters } = input;
  if ((ids === undefined) === (filters === undefined))
    throw invalidParameter('You must include Filters or SecretIdList, but not both.');
  if (filters === undefined && (input.MaxResults !== undefined || input.NextToken !== undefined))
    throw pagesNeedFilters();
  const test = filterOf(filters ?? []);
  const names =
    ids ??
    ctx.store
      .list(secrets)
      .filter((row) => row.deletedAt === undefined && test(row))
      .map(({ name }) => name);
  const { page, rest } = pageOf(names, input.MaxResults ?? BATCH_DEFAULT, input.NextToken);
  const SecretValues: Value[] = [];
  const Errors: { SecretId: string; ErrorCode: string; Message: string }[] = [];
  for (const id of page) {
    try {
      findSecret(id, ctx);
      ctx.authorize(onSecret('GetSecretValue')({ SecretId: id }, ctx));
      SecretValues.push(await read(id, undefined, undefined, ctx));
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      Errors.push({ SecretId: id, ErrorCode: error.code, Message: error.message });
    }
  }
  return { SecretValues, Errors, ...rest };
};

export const listSecretVersionIds: Handler<'secrets-manager', 'ListSecretVersionIds'> = (input, ctx) => {
  const { secret, store } = findSecret(input.SecretId, ctx);
  // Source: API Reference, ListSecretVersionIds: only versions that have a value.
  // Those of a replica are not listed, although they are read. Source: radkawar/stackd, measured in 2026.
  const listed = secret.primary === undefined ? versionsOf(secret, store) : [];
  const rows = listed.filter(
    ({ stages, sealed }) => sealed !== undefined && (input.IncludeDeprecated === true || stages.length > 0),
  );
  const { page, rest } = pageOf(rows, input.MaxResults ?? LIST_DEFAULT, input.NextToken);
  return {
    Versions: page.map((row) => ({
      VersionId: row.id,
      ...(row.stages.length > 0 && { VersionStages: [...row.stages] }),
      ...(row.accessedAt !== undefined && { LastAccessedDate: row.accessedAt }),
      CreatedDate: row.createdAt,
      KmsKeyIds: [row.kmsKeyId ?? 'DefaultEncryptionKey'],
    })),
    ARN: secret.arn,
    Name: secret.name,
    ...rest,
  };
};

export const getRandomPassword: Handler<'secrets-manager', 'GetRandomPassword'> = (input) => ({
  RandomPassword: randomPassword(input),
});
