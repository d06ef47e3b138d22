/** A restore is done, or the copy that it brought has been there for its days. */
import type { TimerHandler } from '#kernel/contract';
import { placedIn } from '../domain/find.ts';
import { announce } from '../domain/notifications.ts';
import { putBack, versionOf } from '../domain/versions.ts';
import type { VersionRow } from '../state.ts';

export const goOnRestore: TimerHandler = (payload, ctx) => {
  const found = placedIn(payload, ctx);
  if (found === undefined) return;
  const { bucket, store } = found;
  const { key, versionId } = payload as { key: string; versionId: string };
  const version = versionOf(store, bucket, key, versionId);
  if (version?.restore === undefined) return;
  const { readyAt, until, told } = version.restore;
  const timer = `${bucket.id}/${versionId}/${key}`;
  if (ctx.now < readyAt) {
    ctx.arm('goOnRestore', timer, readyAt, payload);
    return;
  }
  if (told !== true)
    announce(ctx, store, bucket, 'ObjectRestore:Completed', version, {
      glacierEventData: {
        restoreEventData: {
          ...(until !== undefined && { lifecycleRestorationExpiryTime: new Date(until).toISOString() }),
          lifecycleRestoreStorageClass: version.attributes.storageClass,
        },
      },
    });
  const { restore, ...rest } = version;
  if (until === undefined) putBack(store, { ...rest, accessedAt: readyAt }, version);
  else if (ctx.now < until) {
    putBack(store, { ...version, restore: { ...restore, told: true } } as VersionRow, version);
    ctx.arm('goOnRestore', timer, until, payload);
  } else {
    putBack(store, rest, version);
    announce(ctx, store, bucket, 'ObjectRestore:Delete', version, {
      glacierEventData: {
        restoreEventData: {
          lifecycleRestorationExpiryTime: new Date(until).toISOString(),
          lifecycleRestoreStorageClass: version.attributes.storageClass,
        },
      },
    });
  }
};
