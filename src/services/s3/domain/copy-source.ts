/** The x-amz-copy-source header: `bucket/key`, `/bucket/key?versionId=…`, or an access point's ARN. */
import { invalidArgument, notImplemented } from '../errors.ts';

export type CopySource = { bucket: string; key: string; versionId: string | undefined };

/** @throws {ServiceError} InvalidArgument; NotImplemented for access points */
export function copySourceOf(header: string): CopySource {
  if (header.startsWith('arn:')) throw notImplemented('copying through access points');
  const mark = header.indexOf('?versionId=');
  const path = decode(mark === -1 ? header : header.slice(0, mark)).replace(/^\//, '');
  const slash = path.indexOf('/');
  if (slash <= 0 || slash === path.length - 1) throw bad(header);
  return {
    bucket: path.slice(0, slash),
    key: path.slice(slash + 1),
    versionId: mark === -1 ? undefined : decode(header.slice(mark + '?versionId='.length)),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw bad(text);
  }
}

const bad = (header: string) =>
  invalidArgument(
    'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    'x-amz-copy-source',
    header,
  );
