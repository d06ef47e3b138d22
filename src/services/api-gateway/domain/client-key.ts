/** Keys of client certificates at rest: sealed under a secret of their account and Region, bound to their certificate. */
import { type Ctx, seal, secretBytes, unseal } from '#kernel/contract';
import { clientCertificates, clientKeys } from '../state.ts';

const SECRET = 'secret';
const SECRET_BYTES = 32;

/** Keeps a key. In a transaction. */
export function keepKey(ctx: Ctx, id: string, pem: string): void {
  let row = ctx.store.get(clientKeys, { id: SECRET });
  if (row === undefined)
    ctx.store.put(clientKeys, (row = { id: SECRET, sealed: secretBytes(SECRET_BYTES).toString('base64') }));
  const sealed = seal(Buffer.from(row.sealed, 'base64'), Buffer.from(pem), id).toString('base64');
  ctx.store.put(clientKeys, { id, sealed });
}

/** What API Gateway shows backends; undefined where there is no such certificate. */
export function identityOf({ store }: Pick<Ctx, 'store'>, id: string): { cert: string; key: string } | undefined {
  const cert = store.get(clientCertificates, { owner: '', id })?.value.pemEncodedCertificate;
  const [secret, row] = [store.get(clientKeys, { id: SECRET }), store.get(clientKeys, { id })];
  const key = secret && row && unseal(Buffer.from(secret.sealed, 'base64'), Buffer.from(row.sealed, 'base64'), id);
  return cert === undefined || key === undefined ? undefined : { cert, key: key.toString('utf8') };
}
