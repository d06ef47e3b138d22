/** Source: ACM User Guide, "Quotas", "Managed certificate renewal", "Certificate characteristics"; API Reference, PutAccountConfiguration. */
import { DAY, HOUR, type Millis } from '#kernel/base';
import type { Quota } from '#kernel/contract';

const quota = (code: string, name: string, value: number): Quota => ({
  service: 'acm',
  code,
  name,
  value,
  adjustable: true,
  global: false,
});

export const CERTIFICATES_QUOTA = quota('L-F141DD1D', 'ACM certificates', 2_500);
export const YEAR_QUOTA = quota('L-DA1D8B98', 'ACM certificates created in last 365 days', 5_000);
export const IMPORTED_QUOTA = quota('L-D2CB7DE9', 'Imported certificates', 2_500);
export const IMPORTED_YEAR_QUOTA = quota('L-3808DC70', 'Imported certificates in last 365 days', 5_000);
export const YEAR_DAYS = 365;
export const NAMES_QUOTA = quota('L-FB94F0B0', 'Domain names per ACM certificate', 10);
/** Of the name that a certificate is for; its other names may be longer. */
export const COMMON_NAME_MAX = 64;
/** Thirteen months. */
export const LIFE: Millis = 395 * DAY;
export const RENEW_BEFORE: Millis = 60 * DAY;
/** How many days before the end of a certificate its owners get letters. */
export const LETTERS_BEFORE_DAYS: readonly number[] = [45, 30, 7, 1];
/** Nobody has shown by then that the names are theirs. */
export const VALIDATE_WITHIN: Millis = 72 * HOUR;
export const TOKEN_LIFE: Millis = HOUR;
export const TELL_BEFORE_DAYS = 45;
export const PAGE_DEFAULT = 1_000;
/** In a summary. */
export const NAMES_SHOWN_MAX = 100;
export const TAGS_MAX = 50;
