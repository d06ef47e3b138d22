/** API destinations called: authorized by their connection, at their rate, for real. */
import type { Millis } from '#kernel/base';
import { type Ctx, FetchError, type Fetched, ServiceError } from '#kernel/contract';
import { TOKEN_DEFAULT, TOKEN_MARGIN } from '../limits.ts';
import { type ConnectionRow, connections, destinations, type Target, tokens } from '../state.ts';
import { type Credentials, connectionOf } from './connection.ts';
import { requestTo, tokenRequest } from './request.ts';

/** Why a delivery did not come about. */
export class Undelivered extends ServiceError {
  /** No later attempt could mend it. */
  readonly isFinal: boolean;
  /** Asked for by who did not take it; or it was no attempt at all. */
  readonly after: Millis | undefined;
  /** It was not even tried: its turn comes later. */
  readonly isEarly: boolean;

  constructor(
    code: string,
    message: string,
    {
      isFinal = false,
      isEarly = false,
      after,
    }: { isFinal?: boolean; isEarly?: boolean; after?: Millis | undefined } = {},
  ) {
    super(code, message);
    this.isFinal = isFinal;
    this.isEarly = isEarly;
    this.after = after;
  }
}

/** The words of AWS for what fails at an API destination. */
function failed(...[code, message, how]: ConstructorParameters<typeof Undelivered>): Undelivered {
  return new Undelivered(code, `Unable to invoke ApiDestination endpoint: ${message}`, how);
}

/** @throws {Undelivered} */
export async function invoke(target: Target, input: string, ctx: Ctx): Promise<void> {
  const name = target.Arn.split(':api-destination/')[1]?.split('/')[0] ?? '';
  const destination = ctx.store.get(destinations, { name });
  if (destination?.arn !== target.Arn)
    throw failed('ResourceNotFoundException', 'The API destination does not exist.', { isFinal: true });
  const connection = connectionOf(destination.connectionArn, ctx);
  if (connection.state !== 'AUTHORIZED')
    throw failed('ConnectionNotAuthorized', `The connection is in ${connection.state} state.`);
  const { rate } = destination;
  if (!ctx.spend(destination.arn, { ratePerSecond: rate, burst: rate }, 1))
    throw failed('ThrottlingException', 'The invocation rate limit is reached.', { isEarly: true });
  const credentials = await secretOf(connection, ctx);
  const call = async (fresh: boolean) => {
    const authorization = await authorizationOf(connection, credentials, fresh, ctx);
    const { url, request } = requestTo(destination, target, input, credentials, authorization);
    return send(ctx.fetch(url, request));
  };
  let answer = await call(false);
  const isRefused = answer.status === 401 || answer.status === 407;
  if (isRefused && connection.type === 'OAUTH_CLIENT_CREDENTIALS') answer = await call(true);
  if (answer.status >= 200 && answer.status < 300) return;
  const canRetry = [401, 407, 409, 429].includes(answer.status) || answer.status >= 500;
  // Source: EventBridge User Guide, "API destination error codes": a negative Retry-After ends the attempts.
  const asksToStop = /^-\d/.test(answer.headers['retry-after'] ?? '');
  throw failed('InvocationFailed', `The endpoint returned status ${answer.status}.`, {
    isFinal: !canRetry || asksToStop || (isRefused && connection.type !== 'OAUTH_CLIENT_CREDENTIALS'),
    after: waitOf(answer.headers['retry-after']),
  });
}

async function send(answer: Promise<Fetched>): Promise<Fetched> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof FetchError)) throw error;
    throw failed('EndpointUnreachable', `API destination endpoint cannot be reached. (${error.message})`);
  }
}

/** Seconds; a date is not looked at. */
function waitOf(header: string | undefined): Millis | undefined {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * 1_000 : undefined;
}

/** @throws {Undelivered} */
async function secretOf({ arn, secretArn }: ConnectionRow, ctx: Ctx): Promise<Credentials> {
  const lost = () => failed('SecretNotAccessible', "The connection's secret cannot be read.");
  if (secretArn === undefined) throw lost();
  try {
    const { SecretString } = await ctx.awsFor(arn)['secrets-manager'].GetSecretValue({ SecretId: secretArn });
    return JSON.parse(SecretString ?? '') as Credentials;
  } catch (error) {
    if (error instanceof ServiceError || error instanceof SyntaxError) throw lost();
    throw error;
  }
}

async function authorizationOf(
  connection: ConnectionRow,
  credentials: Credentials,
  fresh: boolean,
  ctx: Ctx,
): Promise<string | undefined> {
  if (connection.type === 'BASIC') {
    const { username = '', password = '' } = credentials;
    return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }
  if (connection.type === 'API_KEY') return undefined;
  const known = ctx.store.get(tokens, { connection: connection.arn });
  if (!fresh && known !== undefined && ctx.clock() < known.until) return `Bearer ${known.token}`;
  return `Bearer ${await newToken(connection, credentials, ctx)}`;
}

/** Asks the authorization server. @throws {Undelivered} */
async function newToken({ arn }: ConnectionRow, credentials: Credentials, ctx: Ctx): Promise<string> {
  const { url, request } = tokenRequest(credentials);
  const { status, body } = await send(ctx.fetch(url, request));
  const refused = (why: string) => failed('AuthorizationFailed', `The connection is not authorized: ${why}`);
  if (status < 200 || status >= 300) throw refused(`the authorization endpoint returned status ${status}.`);
  let answer: { access_token?: unknown; expires_in?: unknown };
  try {
    answer = JSON.parse(Buffer.from(body).toString()) ?? {};
  } catch {
    throw refused('the authorization endpoint returned no JSON.');
  }
  const { access_token: token, expires_in: seconds } = answer;
  if (typeof token !== 'string' || token === '') throw refused('the authorization endpoint returned no access_token.');
  const life = Number(seconds) > 0 ? Number(seconds) * 1_000 : TOKEN_DEFAULT;
  const until = ctx.clock() + Math.max(0, life - TOKEN_MARGIN);
  ctx.transact((store) => store.put(tokens, { connection: arn, token, until }));
  return token;
}

/** A task: a connection tries its credentials, and is authorized or not. */
export async function authorize(name: string, ctx: Ctx): Promise<void> {
  const row = ctx.store.get(connections, { name });
  if (row?.state !== 'AUTHORIZING') return;
  let reason: string | undefined;
  try {
    await newToken(row, await secretOf(row, ctx), ctx);
  } catch (error) {
    if (!(error instanceof Undelivered)) throw error;
    reason = error.message;
  }
  ctx.transact((store) => {
    const now = store.get(connections, { name });
    if (now?.arn !== row.arn || now.modifiedAt !== row.modifiedAt || now.state !== 'AUTHORIZING') return;
    const { stateReason: _, ...rest } = now;
    store.put(
      connections,
      reason === undefined
        ? { ...rest, state: 'AUTHORIZED', authorizedAt: ctx.clock() }
        : { ...rest, state: 'DEAUTHORIZED', stateReason: reason.slice(0, 512) },
    );
  });
}
