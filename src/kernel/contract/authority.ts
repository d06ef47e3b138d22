/** The authority of this cloud: whoever trusts it trusts what it signs. */
import type { Millis } from '#kernel/base';

export type CertificateOrder = {
  /** Of hosts, also `*.example.com`; the first is its subject. */
  names: readonly string[];
  addresses?: readonly string[];
  key: 'RSA_2048' | 'EC_prime256v1' | 'EC_secp384r1';
  from: Millis;
  until: Millis;
};

/** In PEM; the chain ends with the authority's own certificate. */
export type IssuedCertificate = { certificate: string; chain: string; key: string };

export interface Authority {
  /** Signs a certificate of a new key. In asynchronous handlers. */
  issue(order: CertificateOrder): Promise<IssuedCertificate>;
  /** A certificate of a new key that signs itself, for a client to show: who is told of it knows the client by it. In asynchronous handlers. */
  client(order: { name: string; from: Millis; until: Millis }): Promise<TlsMaterial>;
}

/** What a listener shows, in PEM: the certificate, followed by its chain. */
export type TlsMaterial = { key: string; cert: string };
