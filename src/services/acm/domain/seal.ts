/** Private keys at rest: sealed under a secret of their account and Region, bound to their certificate. */

import { invariant } from '#kernel/base';
import { type Ctx, seal, secretBytes, unseal } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { type CertificateRow, secrets } from '../state.ts';

/** In a transaction. */
export function sealKey(pem: string, arn: string, ctx: Ctx): string {
  const { store } = ctx;
  let row = store.get(secrets, { id: 'own' });
  if (row === undefined) store.put(secrets, (row = { id: 'own', secret: secretBytes(32).toString('base64') }));
  return seal(Buffer.from(row.secret, 'base64'), Buffer.from(pem), arn).toString('base64');
}

/** The key of a certificate that has been issued, in PEM. */
export function openKey({ arn, issued }: CertificateRow, store: StoreView): string {
  const secret = Buffer.from(store.get(secrets, { id: 'own' })?.secret ?? '', 'base64');
  const key = unseal(secret, Buffer.from(issued?.key ?? '', 'base64'), arn);
  invariant(key !== undefined, 'what was sealed can be opened');
  return key.toString('utf8');
}
