/** Mutual TLS of viewers: which distributions ask for certificates, and which certificates are good. Source: CloudFront Developer Guide, "Mutual TLS authentication with CloudFront (Viewer mTLS)". */
import { type Ctx, type MutualTlsRule, notBuilt } from '#kernel/contract';
import type { DistributionConfig } from '#models/cloudfront';
import { isVouchedFor } from '../../api-gateway/port.ts';
import { invalidArgument, noSuchEntity } from '../errors.ts';
import { distributions, tenants, things } from '../state.ts';

/** The kind of thing that a trust store is. */
export const TRUST_STORE = 'trust-store';

/** What a trust store holds: certificates in PEM, and how many. */
export type Trusted = { pem: string; count: number };

/** @throws {ServiceError} unless viewers of what is so configured can show certificates */
export function checkMutualTls(config: DistributionConfig, ctx: Ctx): void {
  const { ViewerMtlsConfig: mutual, HttpVersion = 'http2' } = config;
  if (mutual === undefined) return;
  const { Mode = 'required', TrustStoreConfig: trust } = mutual;
  if (Mode === 'passthrough' && trust !== undefined)
    throw invalidArgument('The parameter TrustStoreConfig cannot be used with the mode passthrough.');
  if (Mode !== 'passthrough' && trust === undefined)
    throw invalidArgument(`The parameter TrustStoreConfig is required for the mode ${Mode}.`);
  if (trust !== undefined && ctx.store.get(things, { kind: TRUST_STORE, id: trust.TrustStoreId }) === undefined)
    throw noSuchEntity();
  if (trust?.AdvertiseTrustStoreCaNames === true) throw notBuilt('AdvertiseTrustStoreCaNames');
  const behaviors = [config.DefaultCacheBehavior, ...(config.CacheBehaviors?.Items ?? [])];
  if (behaviors.some(({ ViewerProtocolPolicy }) => ViewerProtocolPolicy === 'allow-all'))
    throw invalidArgument('Viewer mTLS requires that each cache behavior is served by HTTPS only.');
  if (HttpVersion.includes('http3') || HttpVersion.includes('and3'))
    throw invalidArgument('Viewer mTLS is not supported with HTTP/3.');
}

/** Whether viewers have to show a certificate where they ask for it, or may. */
export const mutualTls: MutualTlsRule = (id, { store }) => {
  const tenant = store.get(tenants, { id });
  const { ViewerMtlsConfig: mutual } = store.get(distributions, { id: tenant?.distribution ?? id })?.config ?? {};
  if (mutual === undefined) return false;
  return mutual.Mode === undefined || mutual.Mode === 'required' ? true : 'optional';
};

/** Whether a viewer may come in with the certificate that was shown, or without one. */
export function isWelcome({ ViewerMtlsConfig: mutual }: DistributionConfig, shown: Uint8Array | undefined, ctx: Ctx) {
  if (mutual === undefined) return true;
  const { Mode = 'required', TrustStoreConfig: trust } = mutual;
  if (shown === undefined) return Mode !== 'required';
  if (Mode === 'passthrough') return true;
  const row = ctx.store.get(things, { kind: TRUST_STORE, id: trust?.TrustStoreId ?? '' });
  if (row === undefined) return false;
  return isVouchedFor(shown, row.config as Trusted, ctx.now, trust?.IgnoreCertificateExpiry === true);
}
