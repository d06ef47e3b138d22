/** Texts that lie in S3: templates, policies, what is included. */
import { type Ctx, ServiceError } from '#kernel/contract';
import { invalid, templateTooLarge } from '../errors.ts';
import { TEMPLATE_BYTES_MAX } from '../limits.ts';

/** Forms of S3's addresses: the bucket in the path, or in the host; of AWS or of this cloud; and `s3://`. */
const IN_PATH =
  /^https?:\/\/(?:s3[.-](?:[a-z0-9-]+\.)*amazonaws\.com(?:\.cn)?|s3\.(?:[a-z0-9-]+\.)*localhost|localhost|127\.0\.0\.1|\[::1\])(?::\d+)?\/([^/?]+)\/([^?]+)(?:\?(.*))?$/;
const IN_HOST =
  /^https?:\/\/([a-z0-9.-]+?)\.s3[.-](?:[a-z0-9-]+\.)*(?:amazonaws\.com(?:\.cn)?|localhost)(?::\d+)?\/([^?]+)(?:\?(.*))?$/;
const AS_URI = /^s3:\/\/([^/]+)\/(.+)$/;

/** A text in S3, by any form of its address. */
export async function textAt(url: string, ctx: Ctx): Promise<string> {
  const [, Bucket, key, query] = IN_PATH.exec(url) ?? IN_HOST.exec(url) ?? AS_URI.exec(url) ?? [];
  if (Bucket === undefined || key === undefined) throw invalid('TemplateURL must be a supported URL.');
  const VersionId = new URLSearchParams(query ?? '').get('versionId') ?? undefined;
  try {
    const { Body } = await ctx.awsForCaller().s3.GetObject({ Bucket, Key: decodeURIComponent(key), VersionId });
    const pieces: Uint8Array[] = [];
    let size = 0;
    for await (const piece of Body ?? []) {
      size += piece.length;
      if (size > TEMPLATE_BYTES_MAX) throw templateTooLarge(TEMPLATE_BYTES_MAX);
      pieces.push(piece);
    }
    return Buffer.concat(pieces).toString('utf8');
  } catch (error) {
    if (error instanceof ServiceError && error.code !== 'ValidationError')
      throw invalid(
        `S3 error: ${error.message}\nFor more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html`,
      );
    throw error;
  }
}
