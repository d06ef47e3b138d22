/** Links by which code is downloaded for ten minutes, as AWS gives them: whoever has one needs no other permission. */
import { MINUTE, type Millis, sha256Hex } from '#kernel/base';
import type { Ctx, TrafficReply, TrafficRequest } from '#kernel/contract';
import type { BlobRef } from '#kernel/store';
import { downloads, layerVersions } from '../layer-state.ts';
import { versions } from '../state.ts';

/** Source: Lambda API Reference, GetFunction: "a presigned URL that's valid for 10 minutes". */
const LINK_LIFETIME: Millis = 10 * MINUTE;

/**
 * In a transaction: a link to `function/<name>/<number>` or `layer/<name>/<number>` of an account.
 */
export function downloadUrl(path: string, account: string, ctx: Ctx): string {
  const store = ctx.store.in({ account });
  const id = 'all';
  let row = store.get(downloads, { id });
  if (row === undefined) {
    const address = `${ctx.region}-${ctx.uuid()}`;
    row = { id, address, secret: ctx.uuid() };
    store.put(downloads, row);
    ctx.claim('lambda-code', address, account);
  }
  const query = `expires=${ctx.now + LINK_LIFETIME}`;
  const url = `${ctx.endpoint}/_aws/lambda-code/${row.address}/${path}?${query}`;
  return `${url}&signature=${sign(row.secret, `/${path}`, query)}`;
}

function sign(secret: string, path: string, query: string): string {
  return sha256Hex(`${secret}\n${path}\n${query}\n${secret}`);
}

/** The archive that a link leads to. */
export async function download({ path, query, id: account }: TrafficRequest, ctx: Ctx): Promise<TrafficReply> {
  const store = ctx.store.in({ account });
  const row = store.get(downloads, { id: 'all' });
  const [signed = '', signature = ''] = query.split('&signature=');
  const expiresAt = Number(/^expires=(\d+)$/.exec(signed)?.[1] ?? 0);
  if (row === undefined || sign(row.secret, path, signed) !== signature || expiresAt < ctx.now)
    return refused(403, 'AccessDenied', 'Request has expired');
  const [, kind, name = '', number = ''] = path.split('/');
  const key = { name: decodeURIComponent(name), number: Number(number) };
  const code: BlobRef | undefined = (kind === 'layer' ? store.get(layerVersions, key) : store.get(versions, key))?.code;
  if (code === undefined) return refused(404, 'NoSuchKey', 'The specified key does not exist.');
  return {
    status: 200,
    headers: { 'content-type': 'application/zip', 'content-length': String(code.size) },
    body: ctx.blobs.read(code),
  };
}

function refused(status: number, code: string, message: string): TrafficReply {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status, headers: { 'content-type': 'application/xml' }, body };
}
