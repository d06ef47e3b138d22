/** When a key was last used. */
import type { Handler } from '#kernel/contract';
import type { KeyLastUsageTrackingOperation } from '#models/kms';
import { findKey } from '../domain/find.ts';
import { lastUses } from '../state.ts';

export const getKeyLastUsage: Handler<'kms', 'GetKeyLastUsage'> = (input, ctx) => {
  const { key, store } = findKey(input.KeyId, ctx);
  const last = store.get(lastUses, { key: key.id });
  return {
    KeyId: key.id,
    TrackingStartDate: key.createdAt,
    KeyCreationDate: key.createdAt,
    ...(last !== undefined && {
      KeyLastUsage: {
        Operation: last.operation as KeyLastUsageTrackingOperation,
        Timestamp: last.at,
        CloudTrailEventId: last.requestId,
        KmsRequestId: last.requestId,
      },
    }),
  };
};
