/** What happens to objects, as those who want to hear of it name it. */
import type { VersionRow } from '../state.ts';

/** What happened, without `s3:`. */
export type Happening =
  | `ObjectCreated:${'Put' | 'Post' | 'Copy' | 'CompleteMultipartUpload'}`
  | `ObjectRemoved:${'Delete' | 'DeleteMarkerCreated'}`
  | `ObjectTagging:${'Put' | 'Delete'}`
  | 'ObjectAcl:Put'
  | `ObjectRestore:${'Post' | 'Completed' | 'Delete'}`
  | `LifecycleExpiration:${'Delete' | 'DeleteMarkerCreated'}`
  | 'LifecycleTransition'
  | 'IntelligentTiering'
  | 'Replication:OperationFailedReplication';

/** The object that it happened to. */
export type Subject = Pick<VersionRow, 'key'> & Partial<Pick<VersionRow, 'size' | 'etag' | 'versionId' | 'attributes'>>;
