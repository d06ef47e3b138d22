/** The admin API as its tests use it, and the two kinds of cloud they use it on. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerOptions } from '#main/config';
import { startTestCloud, type TestCloud } from '../support/cloud.ts';

export const ACCOUNT = '123456789012';
export const OTHER = '210987654321';

export type Admin = {
  get<T = Record<string, unknown>>(path: string): Promise<T>;
  post<T = Record<string, unknown>>(path: string, body?: object): Promise<T>;
  delete<T = Record<string, unknown>>(path: string): Promise<T>;
  /** Status and error of a request that is refused. */
  refused(
    method: string,
    path: string,
    body?: object | string,
  ): Promise<{ status: number; code: string; message: string }>;
};

/** The admin API of a cloud. */
export function adminOf(url: string): Admin {
  const send = async (method: string, path: string, body?: object | string) => {
    const init = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const response = await fetch(`${url}/_cloudyard/v1/${path}`, { method, ...init });
    return { status: response.status, answer: (await response.json()) as never };
  };
  const good = async (method: string, path: string, body?: object) => {
    const { status, answer } = await send(method, path, body);
    assert.equal(status, 200, JSON.stringify(answer));
    return answer;
  };
  return {
    get: (path) => good('GET', path),
    post: (path, body) => good('POST', path, body),
    delete: (path) => good('DELETE', path),
    async refused(method, path, body) {
      const { status, answer } = await send(method, path, body);
      return { status, ...(answer as { error: { code: string; message: string } }).error };
    },
  };
}

/** Raw: any headers, as a browser or an attacker would send them. */
export function rawGet(
  url: string,
  path: string,
  headers: Record<string, string | undefined>,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(`${url}${path}`, { headers }, (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end();
  });
}

/** Runs a body over a cloud in memory, and over one in a folder that is gone afterwards; `reopen` ends it and opens its folder again. */
export const STORAGES: readonly {
  name: string;
  open: (options?: ServerOptions) => Promise<TestCloud & AsyncDisposable & { folder: string | undefined }>;
}[] = [
  { name: 'memory', open: async (options) => Object.assign(await startTestCloud(options), { folder: undefined }) },
  {
    name: 'sqlite',
    async open(options) {
      const folder = mkdtempSync(join(tmpdir(), 'cloudyard-admin-'));
      const cloud = await startTestCloud({ data: join(folder, 'state'), ...options });
      return Object.assign(cloud, {
        folder,
        [Symbol.asyncDispose]: async () => {
          await cloud.close().finally(() => rmSync(folder, { recursive: true, force: true }));
        },
      });
    },
  },
];
