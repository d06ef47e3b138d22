/** The certificates that clients are shown who ask for a host by its name. */
import type { TlsRule } from '#kernel/contract';
import { openKey } from './domain/seal.ts';
import { certificates, hosts } from './state.ts';

/** A host's own certificate, or the one for its siblings. */
export const tls: TlsRule = (host, ctx) => {
  const name = host.toLowerCase();
  const shown = ctx.store.get(hosts, { host: name }) ?? ctx.store.get(hosts, { host: name.replace(/^[^.]+/, '*') });
  if (shown === undefined) return undefined;
  const { account, region, certificate: id } = shown;
  const store = ctx.store.in({ account, region });
  const row = store.get(certificates, { id });
  if (row?.issued === undefined) return undefined;
  const { certificate, chain = '' } = row.issued;
  return { key: openKey(row, store), cert: `${certificate.trimEnd()}\n${chain}` };
};
