/** What the engine is told of a version that it runs: its specification, its role's credentials, where its log goes. */
import type { Acting, Ctx, FunctionLogLine, FunctionSpec } from '#kernel/contract';
import { bytesOf, putLines } from '../../cloudwatch-logs/port.ts';
import { roleNotAssumable } from '../errors.ts';
import { CREDENTIALS_LEFT } from '../limits.ts';
import { type CredentialsRow, credentials, isSnapshot, type VersionRow } from '../state.ts';
import type { Target } from './find.ts';
import { layerOf } from './layers.ts';
import { arnOf } from './names.ts';
import { secretsExtension } from './secrets-extension.ts';

/** The function's role, for what Lambda does in its name. */
export async function actAsRole(version: VersionRow, ctx: Ctx): Promise<Acting> {
  const { accessKeyId } = await sessionOf(ctx.account, version, '', ctx);
  const acting = ctx.actWith(accessKeyId);
  if (acting === undefined) throw roleNotAssumable();
  return acting;
}

/** Credentials by which a function calls: those at hand, or new ones. */
export function credentialsOf(account: string, version: VersionRow, ctx: Ctx): Promise<CredentialsRow> {
  return sessionOf(account, version, version.name, ctx);
}

/**
 * A session of the function's role. Who calls from within an environment, or writes its log, is known by the function.
 * Source: Lambda Developer Guide, "Using source function ARN to control function access behavior".
 *
 * @param of the function; empty for what Lambda does besides
 */
async function sessionOf(account: string, { role, name }: VersionRow, of: string, ctx: Ctx): Promise<CredentialsRow> {
  const known = ctx.store.in({ account }).get(credentials, { role, function: of });
  // A role that was made again knows nothing of the sessions of the one before.
  const isGood = known !== undefined && known.expiresAt - CREDENTIALS_LEFT > ctx.clock();
  if (isGood && ctx.actWith(known.accessKeyId) !== undefined) return known;
  const aws = of === '' ? ctx.aws : ctx.awsFor(arnOf(ctx, account, of));
  const { Credentials } = await aws.sts.AssumeRole({ RoleArn: role, RoleSessionName: name.padEnd(2, '_') });
  const row: CredentialsRow = {
    role,
    function: of,
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
    expiresAt: Number(Credentials?.Expiration ?? 0),
  };
  ctx.transact((store) => store.in({ account }).put(credentials, row));
  return row;
}

/**
 * What the engine runs for a target, and for one of its tenants, by the credentials of its role.
 *
 * Deviation: AWS has 2,500 environments of tenants for each 1,000 calls at a time; here there is what this machine has room for.
 */
export function specOf({ account, version }: Target, role: CredentialsRow, ctx: Ctx, tenant?: string): FunctionSpec {
  const { name, logging, code, codeSha256, folder } = version;
  const { accessKeyId, secretAccessKey, sessionToken } = role;
  // One after the other, so that lines stay in order.
  let written = Promise.resolve();
  const own = `${account}/${ctx.region}/${name}:${version.version}/${version.build ?? version.revisionId}/${accessKeyId}`;
  return {
    key: tenant === undefined ? own : `${own}/${encodeURIComponent(tenant)}`,
    ...(tenant !== undefined && { tenant }),
    arn: arnOf(ctx, account, name, version.version),
    place: { account, region: ctx.region },
    name,
    version: version.version,
    runtime: version.runtime,
    handler: version.handler,
    code: folder === undefined ? { sha256: codeSha256, open: () => ctx.blobs.read(code) } : { folder },
    layers: version.layers.flatMap((arn) => {
      const layer = layerOf(arn, ctx);
      return layer === undefined ? [] : [{ sha256: layer.codeSha256, open: () => ctx.blobs.read(layer.code) }];
    }),
    memory: version.memory,
    timeout: version.timeout * 1_000,
    storage: version.storage,
    environment: version.environment ?? {},
    endpoint: ctx.localEndpoint,
    credentials: async () => ({ accessKeyId, secretAccessKey, sessionToken }),
    snapshot: isSnapshot(version),
    local: secretsExtension(version, role, ctx),
    log: {
      group: logging.LogGroup,
      stream: () => streamName(version, ctx),
      json: logging.LogFormat === 'JSON',
      application: logging.ApplicationLogLevel ?? 'INFO',
      system: logging.SystemLogLevel ?? 'INFO',
    },
    onLog: (stream, lines) => {
      written = written.then(() => writeLog(logging.LogGroup, stream, lines, accessKeyId, ctx));
      ctx.track(written);
      return written;
    },
  };
}

/**
 * `2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef`; with the function's name where the group is not its own.
 * Source: Lambda Developer Guide, "Configuring CloudWatch log groups".
 */
function streamName({ name, version, logging }: VersionRow, ctx: Ctx): string {
  const day = new Date(ctx.clock()).toISOString().slice(0, 10).replaceAll('-', '/');
  const whose = logging.LogGroup === `/aws/lambda/${name}` ? '' : name;
  return `${day}/${whose}[${version}]${ctx.uuid().replaceAll('-', '')}`;
}

/** Writes with the function's own permissions; what its role may not write is lost, as on AWS. Resolves when it was tried. */
async function writeLog(
  group: string,
  stream: string,
  lines: readonly FunctionLogLine[],
  accessKeyId: string,
  ctx: Ctx,
): Promise<void> {
  const logs = ctx.actWith(accessKeyId)?.aws()['cloudwatch-logs'];
  if (logs === undefined) return;
  const timestamp = ctx.clock();
  const logEvents = lines.map(({ text }) => ({ timestamp, message: text === '' ? ' ' : text }));
  const place = { logGroupName: group, logStreamName: stream };
  await ctx.insist(bytesOf(logEvents.map(({ message }) => message)), () => putLines(logs, place, logEvents, true));
}
