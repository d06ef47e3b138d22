/** What Certificate Manager keeps: certificates, who uses them, and for which hosts. */
import type { Millis } from '#kernel/base';
import type { OutputOf } from '#kernel/contract';
import { table } from '#kernel/store';

type Detail = NonNullable<OutputOf<'acm', 'DescribeCertificate'>['Certificate']>;
export type KeyAlgorithm = NonNullable<Detail['KeyAlgorithm']>;

/** How its owner shows that a name is theirs. */
export type ValidationRow = {
  domain: string;
  /** Where it is shown: the name itself, or one above it. */
  at: string;
  /** Of DNS. */
  record?: { name: string; value: string };
  /** Of HTTP: where the token is asked for, and where it is. */
  redirect?: { from: string; to: string };
  /** Of letters: what the link in them holds. */
  code?: string;
  isDone: boolean;
};

/** The consent that owners are asked for anew, by letters, before a certificate ends. */
export type RenewalRow = { status: 'PENDING_VALIDATION' | 'FAILED'; at: Millis; validations: ValidationRow[] };

/** What has been issued or imported. */
export type IssuedRow = {
  certificate: string;
  chain?: string;
  /** Sealed, in base64. */
  key: string;
  notBefore: Millis;
  notAfter: Millis;
};

export type CertificateRow = {
  id: string;
  arn: string;
  type: 'AMAZON_ISSUED' | 'IMPORTED';
  status: NonNullable<Detail['Status']>;
  domain: string;
  /** All of its names, the first is its domain. */
  names: string[];
  algorithm: KeyAlgorithm;
  method?: 'DNS' | 'EMAIL' | 'HTTP';
  managedBy?: 'CLOUDFRONT';
  validations: ValidationRow[];
  logsTransparency: boolean;
  isExportable: boolean;
  token?: string;
  issued?: IssuedRow;
  tags: { [key: string]: string };
  createdAt: Millis;
  issuedAt?: Millis;
  importedAt?: Millis;
  exportedAt?: Millis;
  renewedAt?: Millis;
  renewal?: RenewalRow;
};

export const certificates = table<CertificateRow>()('acm.certificates', {
  scope: 'region',
  key: ['id'],
  indexes: { byToken: ['token', 'id'] },
});
/** Which resources of other services show a certificate. */
export const uses = table<{ certificate: string; user: string }>()('acm.uses', {
  scope: 'region',
  key: ['certificate', 'user'],
});
/** Whose certificate is shown for a host. */
export type HostRow = { host: string; account: string; region: string; certificate: string; user: string };
export const hosts = table<HostRow>()('acm.hosts', { scope: 'global', key: ['host'] });
/** Under which private keys are sealed. */
export const secrets = table<{ id: 'own'; secret: string }>()('acm.secrets', { scope: 'region', key: ['id'] });
/** How many certificates were asked for or imported, by the day since 1970. */
export const made = table<{ type: CertificateRow['type']; day: number; count: number }>()('acm.made', {
  scope: 'region',
  key: ['type', 'day'],
});
/** How many days before the end of a certificate its owner is told. */
export const settings = table<{ id: 'own'; days: number }>()('acm.settings', { scope: 'region', key: ['id'] });
/** Requests for account settings that named a token, until it ends. */
export const tokens = table<{ token: string; at: Millis }>()('acm.tokens', {
  scope: 'region',
  key: ['token'],
  indexes: { byTime: ['at', 'token'] },
});
