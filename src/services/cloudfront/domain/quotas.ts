/** How many distributions may refer to the same thing. Source: CloudFront Developer Guide, "Quotas"; codes: CloudFront API Reference, CreateDistribution, "Errors". */
import type { Ctx, ServiceError } from '#kernel/contract';
import * as errors from '../errors.ts';
import {
  DISTRIBUTIONS_OF_ONE_MAX,
  ENCRYPTION_DISTRIBUTIONS_MAX,
  STAGING_MAX,
  TEMPLATES_MAX,
  TRUST_STORE_DISTRIBUTIONS_MAX,
} from '../limits.ts';
import { uses } from '../state.ts';
import { CONNECTION_FUNCTION } from './connection.ts';
import { ENCRYPTION } from './encryption.ts';
import { findManaged } from './managed.ts';
import { TRUST_STORE } from './mutual-tls.ts';

type Code = Parameters<typeof errors.thingError>[0];
type Most = { count: number; error: () => ServiceError };

const most = (code: Code, what: string, count = DISTRIBUTIONS_OF_ONE_MAX): Most => ({
  count,
  error: () =>
    errors.thingError(code, `The maximum number of distributions have been associated with the specified ${what}.`),
});

/** By the kind of thing: what comes before the slash. */
const MOST: { readonly [kind: string]: Most } = {
  'cache-policy': most('TooManyDistributionsAssociatedToCachePolicy', 'cache policy'),
  'origin-request-policy': most('TooManyDistributionsAssociatedToOriginRequestPolicy', 'origin request policy'),
  'response-headers-policy': most('TooManyDistributionsAssociatedToResponseHeadersPolicy', 'response headers policy'),
  oac: most('TooManyDistributionsAssociatedToOriginAccessControl', 'origin access control'),
  'key-group': {
    count: DISTRIBUTIONS_OF_ONE_MAX,
    error: () =>
      errors.thingError(
        'TooManyDistributionsAssociatedToKeyGroup',
        'The number of distributions that reference this key group is more than the maximum allowed.',
      ),
  },
  function: {
    count: DISTRIBUTIONS_OF_ONE_MAX,
    error: () =>
      errors.thingError(
        'TooManyDistributionsWithFunctionAssociations',
        'You have reached the maximum number of distributions that are associated with a CloudFront function.',
      ),
  },
  [ENCRYPTION]: most(
    'TooManyDistributionsAssociatedToFieldLevelEncryptionConfig',
    'configuration for field-level encryption',
    ENCRYPTION_DISTRIBUTIONS_MAX,
  ),
  [CONNECTION_FUNCTION]: { count: DISTRIBUTIONS_OF_ONE_MAX, error: errors.tooManyEntities },
  [TRUST_STORE]: { count: TRUST_STORE_DISTRIBUTIONS_MAX, error: errors.tooManyEntities },
};
/** By the whole thing. */
const MOST_OF_ALL: { readonly [thing: string]: Most } = {
  'connection-mode/tenant-only': { count: TEMPLATES_MAX, error: errors.tooManyEntities },
  'staging/true': { count: STAGING_MAX, error: () => errors.tooMany('TooManyDistributions', 'staging distributions') },
};

/**
 * In a transaction, after it: a distribution refers to these things that it did not refer to before.
 *
 * @throws {ServiceError} where too many do so
 */
export function checkUses(things: readonly string[], { store }: Ctx): void {
  for (const thing of things) {
    const at = thing.indexOf('/');
    const [kind, id] = [thing.slice(0, at), thing.slice(at + 1)];
    const limit = MOST_OF_ALL[thing] ?? MOST[kind];
    // Quotas are not for AWS's own.
    if (limit === undefined || findManaged(kind, id) !== undefined) continue;
    if (store.list(uses, { where: { thing }, limit: limit.count + 1 }).length > limit.count) throw limit.error();
  }
}
