/** The x-amz-copy-source header: `bucket/key`, `/bucket/key?versionId=…`, or an access point's ARN. */
import { invalidArgument } from '../errors.ts';
import { isBucketName } from './names.ts';

export type CopySource = { bucket: string; key: string; versionId: string | undefined };

/** @throws {ServiceError} InvalidArgument */
export function copySourceOf(header: string): CopySource {
  const mark = header.indexOf('?versionId=');
  const path = decode(mark === -1 ? header : header.slice(0, mark)).replace(/^\//, '');
  // Source: S3 User Guide, "Multi-Region Access Point restrictions and limitations": copies go to a Multi-Region access point, never from one.
  if (/^(arn:[^/]+:accesspoint\/)?[^/]+\.mrap\//.test(path)) throw bad('bucket name', header);
  const point = /^(arn:[^/]+:accesspoint\/[^/]+)\/object\//.exec(path);
  if (point !== null)
    return { bucket: point[1] ?? '', key: path.slice(point[0].length), versionId: versionOf(header, mark) };
  const [, bucket = '', key = ''] = /^([^/]*)\/?(.*)$/s.exec(path) ?? [];
  if (!isBucketName(bucket)) throw bad('bucket name', header);
  if (key === '') throw bad('object key', header);
  return { bucket, key, versionId: versionOf(header, mark) };
}

function versionOf(header: string, mark: number): string | undefined {
  return mark === -1 ? undefined : decode(header.slice(mark + '?versionId='.length));
}

/** A plus is a space here, other than in paths: clients that escape as forms do, like Terraform's, rely on it. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw bad('encoding', text);
  }
}

/** Source: S3's answers in github.com/aws/aws-sdk-cpp/issues/1647, paws-r/paws/issues/819. */
const bad = (what: string, header: string) =>
  invalidArgument(`Invalid copy source ${what}`, 'x-amz-copy-source', header);
