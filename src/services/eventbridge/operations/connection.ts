/** Connections: how API destinations are authorized. What is secret of that lies in Secrets Manager, in a secret of the caller's account. */
import { page } from '#kernel/base';
import { type Ctx, type Handler, notBuilt, type OutputOf, ServiceError } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { type Credentials, credentialsOf, findConnection, shownOf } from '../domain/connection.ts';
import { connectionExists, tooMany } from '../errors.ts';
import { CONNECTIONS, LIST_DEFAULT } from '../limits.ts';
import { type ConnectionRow, connections, tokens } from '../state.ts';

/** What a request that changes a connection is answered with. */
function answer({ arn, state, createdAt, modifiedAt, authorizedAt }: ConnectionRow) {
  return {
    ConnectionArn: arn,
    ConnectionState: state,
    CreationTime: createdAt,
    LastModifiedTime: modifiedAt,
    ...(authorizedAt !== undefined && { LastAuthorizedTime: authorizedAt }),
  };
}

export const createConnection: Handler<'eventbridge', 'CreateConnection'> = async (input, ctx) => {
  const { Name: name, AuthorizationType: type, KmsKeyIdentifier: kmsKeyId } = input;
  refuse(name, ctx.store, ctx);
  const credentials = credentialsOf(type, input.AuthParameters, {});
  const arn = `arn:${ctx.partition}:events:${ctx.region}:${ctx.account}:connection/${name}/${ctx.uuid()}`;
  const secretArn = await makeSecret(arn, credentials, kmsKeyId, ctx);
  return ctx.transact((store) => {
    refuse(name, store, ctx);
    const row: ConnectionRow = {
      name,
      arn,
      ...(input.Description !== undefined && { description: input.Description }),
      type,
      shown: shownOf(type, credentials),
      secretArn,
      ...(kmsKeyId !== undefined && { kmsKeyId }),
      createdAt: ctx.now,
      modifiedAt: ctx.now,
      ...authorizing(name, type, ctx),
    };
    store.put(connections, row);
    const { LastAuthorizedTime: _, ...made } = answer(row);
    return made;
  });
};

/** @throws {ServiceError} ResourceAlreadyExistsException, LimitExceededException */
function refuse(name: string, store: StoreView, ctx: Ctx): void {
  if (store.get(connections, { name }) !== undefined) throw connectionExists(name);
  if (store.count(connections) >= ctx.quota(CONNECTIONS)) throw tooMany();
}

/** Basic and key are taken as they are; a client asks for its first token. In a transaction. */
function authorizing(
  name: string,
  type: ConnectionRow['type'],
  ctx: Ctx,
): Pick<ConnectionRow, 'state' | 'authorizedAt'> {
  if (type !== 'OAUTH_CLIENT_CREDENTIALS') return { state: 'AUTHORIZED', authorizedAt: ctx.now };
  ctx.start('authorize', name, { name });
  return { state: 'AUTHORIZING' };
}

async function makeSecret(
  arn: string,
  credentials: Credentials,
  KmsKeyId: string | undefined,
  ctx: Ctx,
): Promise<string> {
  const manager = ctx.awsForCaller()['secrets-manager'];
  const { ARN = '' } = await manager.CreateSecret({
    Name: `events!${arn.split(':').at(-1)}`,
    SecretString: JSON.stringify(credentials),
    KmsKeyId,
  });
  return ARN;
}

export const updateConnection: Handler<'eventbridge', 'UpdateConnection'> = async (input, ctx) => {
  const { Name: name } = input;
  const before = findConnection(name, ctx);
  const type = input.AuthorizationType ?? before.type;
  if (input.KmsKeyIdentifier !== undefined && input.KmsKeyIdentifier !== (before.kmsKeyId ?? ''))
    throw notBuilt('another key for a connection');
  const manager = ctx.awsForCaller()['secrets-manager'];
  const { secretArn: SecretId } = before;
  const secret = SecretId === undefined ? undefined : await manager.GetSecretValue({ SecretId });
  const known = readCredentials(secret?.SecretString);
  const credentials = credentialsOf(type, input.AuthParameters, known);
  let secretArn = SecretId;
  if (SecretId === undefined) secretArn = await makeSecret(before.arn, credentials, before.kmsKeyId, ctx);
  else await manager.PutSecretValue({ SecretId, SecretString: JSON.stringify(credentials) });
  return ctx.transact((store) => {
    const { stateReason: _, ...row } = findConnection(name, ctx);
    const changed: ConnectionRow = {
      ...row,
      ...(input.Description !== undefined && { description: input.Description }),
      type,
      shown: shownOf(type, credentials),
      ...(secretArn !== undefined && { secretArn }),
      modifiedAt: ctx.now,
      ...authorizing(name, type, ctx),
    };
    store.put(connections, changed);
    store.delete(tokens, { connection: row.arn });
    return answer(changed);
  });
};

/** What a secret tells; nothing when somebody has put something else there. */
function readCredentials(text = '{}'): Credentials {
  try {
    return (JSON.parse(text) ?? {}) as Credentials;
  } catch {
    return {};
  }
}

/** A connection's secret goes with what it is for; one that somebody has removed already is gone, one with copies in other Regions stays. */
async function dropSecret({ secretArn: SecretId }: ConnectionRow, ctx: Ctx): Promise<void> {
  if (SecretId === undefined) return;
  try {
    await ctx.awsForCaller()['secrets-manager'].DeleteSecret({ SecretId, ForceDeleteWithoutRecovery: true });
  } catch (error) {
    const left = ['ResourceNotFoundException', 'InvalidParameterException'];
    if (!(error instanceof ServiceError && left.includes(error.code))) throw error;
  }
}

export const deauthorizeConnection: Handler<'eventbridge', 'DeauthorizeConnection'> = async ({ Name: name }, ctx) => {
  await dropSecret(findConnection(name, ctx), ctx);
  return ctx.transact((store) => {
    const { secretArn: _, stateReason: __, ...row } = findConnection(name, ctx);
    const changed = { ...row, state: 'DEAUTHORIZED' as const, shown: {}, modifiedAt: ctx.now };
    store.put(connections, changed);
    store.delete(tokens, { connection: row.arn });
    return { ...answer(changed), ConnectionState: 'DEAUTHORIZING' as const };
  });
};

export const deleteConnection: Handler<'eventbridge', 'DeleteConnection'> = async ({ Name: name }, ctx) => {
  const row = findConnection(name, ctx);
  await dropSecret(row, ctx);
  ctx.transact((store) => {
    store.delete(connections, { name });
    store.delete(tokens, { connection: row.arn });
  });
  return { ...answer(row), ConnectionState: 'DELETING' };
};

type Shown = NonNullable<OutputOf<'eventbridge', 'ListConnections'>['Connections']>[number];

function shown(row: ConnectionRow): Shown {
  return {
    ...answer(row),
    Name: row.name,
    AuthorizationType: row.type,
    ...(row.stateReason !== undefined && { StateReason: row.stateReason }),
  };
}

export const describeConnection: Handler<'eventbridge', 'DescribeConnection'> = ({ Name }, ctx) => {
  const row = findConnection(Name, ctx, 'Failed to describe the connection(s). ');
  return {
    ...shown(row),
    ...(row.description !== undefined && { Description: row.description }),
    ...(row.secretArn !== undefined && { SecretArn: row.secretArn }),
    ...(row.kmsKeyId !== undefined && { KmsKeyIdentifier: row.kmsKeyId }),
    AuthParameters: row.shown,
  };
};

export const listConnections: Handler<'eventbridge', 'ListConnections'> = (input, ctx) => {
  const { NamePrefix: startsWith = '', ConnectionState: wanted, NextToken: start } = input;
  const { rows, last } = page<ConnectionRow>(
    (past, limit) => {
      const name = past?.name ?? start;
      return ctx.store.list(connections, { startsWith, ...(name !== undefined && { after: { name } }), limit });
    },
    input.Limit ?? LIST_DEFAULT,
    ({ state }) => wanted === undefined || state === wanted,
  );
  return { Connections: rows.map(shown), ...(last !== undefined && { NextToken: last.name }) };
};
