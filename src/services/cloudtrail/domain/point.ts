/** Data events that came through access points. Source: S3 User Guide, "Monitoring and logging access points". */
import type { KeptCall } from '#kernel/events';
import type { StoreView } from '#kernel/store';
import { pointArn, pointOf } from '../../s3/port.ts';

/** A call, with the access point that it came through, and the bucket behind that. */
export type SeenCall = KeptCall & { point?: { arn: string; account: string; bucket: string } };

/** What a call's bucket is where it names an access point. */
export function seen(call: KeptCall, store: StoreView): SeenCall {
  if (!call.data || call.service !== 's3') return call;
  const { bucket: name } = JSON.parse(call.parameters ?? '{}') as { bucket?: string };
  const point = name === undefined ? undefined : pointOf({ store, region: call.region }, name);
  if (point === undefined) return call;
  const { account, bucket } = point;
  return { ...call, point: { arn: pointArn('aws', point), account, bucket } };
}
