/** A thin client of the admin API: finds the running cloud, asks it, and says in plain words what went wrong. */
import { request as requestHttps } from 'node:https';
import { readRunning } from '#main/folder';
import { CommandError, EXIT, type Flag, UsageError, type Values } from './usage.ts';

/** Not imported, for the reason that kernel/gateway/listen.ts gives. */
const { request: requestHttp } = process.getBuiltinModule('node:http');

/** Where a cloud is thought to be, and who says so. */
export type Endpoint = { url: string; from: string };

/** Flags of every command that talks to a running cloud. */
export const CONNECTION: { [name: string]: Flag } = {
  endpoint: {
    type: 'string',
    value: 'URL',
    text: 'the cloud to talk to (CLOUDYARD_ENDPOINT, the one of the folder .cloudyard, or http://localhost:4566)',
  },
};

const ENDPOINT_DEFAULT = 'http://localhost:4566';

/** Finds the cloud: by flag, by environment, by what the cloud of the data folder wrote down, or where clouds usually are. */
export function findEndpoint(values: Values): Endpoint {
  const given = typeof values.endpoint === 'string' ? values.endpoint : undefined;
  if (given !== undefined) return { url: checkUrl(given, '--endpoint'), from: '--endpoint' };
  const named = process.env.CLOUDYARD_ENDPOINT;
  if (named !== undefined && named !== '')
    return { url: checkUrl(named, 'CLOUDYARD_ENDPOINT'), from: 'CLOUDYARD_ENDPOINT' };
  const folder = process.env.CLOUDYARD_DATA ?? '.cloudyard';
  const running = readRunning(folder);
  if (running !== undefined && isAlive(running.pid)) return { url: running.url, from: folder };
  return { url: ENDPOINT_DEFAULT, from: 'the default' };
}

/** Whether a process of this machine runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function checkUrl(text: string, name: string): string {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new UsageError(`${name} ${text}: expected a URL such as ${ENDPOINT_DEFAULT}`);
  return text.replace(/\/+$/, '');
}

type Method = 'GET' | 'POST' | 'DELETE';

/**
 * The answer of one route.
 *
 * @throws {CommandError} nothing answers there, what answers is no Cloudyard, or it refuses
 */
export async function ask<T extends object>(
  endpoint: Endpoint,
  method: Method,
  path: string,
  body?: object,
): Promise<T> {
  let text = '';
  const onPiece = (piece: string) => {
    text += piece;
  };
  // Who does not say in time how it is, is no cloud; other work may take as long as it takes.
  const status = await send(endpoint, { method, path, body, patience: path === 'health' ? 3_000 : 0 }, onPiece);
  return answerOf(endpoint, status, text) as T;
}

/** Calls `onLine` with each object of a stream, as it comes, until the server ends it. */
export async function follow(endpoint: Endpoint, path: string, onLine: (line: object) => void): Promise<void> {
  let rest = '';
  const status = await send(endpoint, { method: 'GET', path, body: undefined, patience: 0 }, (piece, good) => {
    rest += piece;
    if (!good) return;
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') onLine(JSON.parse(line) as object);
  });
  if (status !== 200) answerOf(endpoint, status, rest);
}

function send(
  endpoint: Endpoint,
  { method, path, body, patience }: { method: Method; path: string; body: object | undefined; patience: number },
  onPiece: (piece: string, good: boolean) => void,
): Promise<number> {
  const url = `${endpoint.url}/_cloudyard/v1/${path}`;
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const request = (url.startsWith('https:') ? requestHttps : requestHttp)(url, { method }, (response) => {
    const status = response.statusCode ?? 0;
    response.setEncoding('utf8');
    response.on('data', (piece: string) => onPiece(piece, status === 200));
    response.on('end', () => resolve(status));
    response.on('error', (error) => reject(unreachable(endpoint, error)));
  });
  request.on('error', (error) => reject(unreachable(endpoint, error)));
  request.setTimeout(patience, () => request.destroy(new Error(`no answer within ${patience / 1_000} s`)));
  request.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}

function answerOf(endpoint: Endpoint, status: number, text: string): object {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {}
  if (status === 200 && typeof answer === 'object' && answer !== null) return answer;
  const error = (answer as { error?: { code?: string; message?: string } } | undefined)?.error;
  if (typeof error?.code !== 'string' || typeof error.message !== 'string')
    throw new CommandError(
      `What answers at ${endpoint.url} (${endpoint.from}) is no Cloudyard: HTTP ${status}, where its admin API was expected. Say with --endpoint where the cloud is.`,
      'not-cloudyard',
      EXIT.notRunning,
    );
  const exit = error.code === 'not-found' ? EXIT.missing : status >= 500 ? EXIT.failed : EXIT.usage;
  throw new CommandError(error.message, error.code, exit);
}

function unreachable(endpoint: Endpoint, error: Error): CommandError {
  const { code } = error as NodeJS.ErrnoException;
  const what =
    code === 'ECONNREFUSED'
      ? `Nothing listens at ${endpoint.url} (${endpoint.from}).`
      : `The cloud at ${endpoint.url} (${endpoint.from}) can't be reached: ${error.message || code}.`;
  return new CommandError(
    `${what} Start one with 'cloudyard start', or say with --endpoint where it is.`,
    'not-running',
    EXIT.notRunning,
  );
}
