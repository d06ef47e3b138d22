/** What a client says about an object in headers: content headers, metadata, storage class; and how they are shown again. */
import { httpDate } from '#kernel/base';
import { invalidArgument, invalidRedirect, invalidStorageClass } from '../errors.ts';
import type { Attributes, BucketRow, VersionRow } from '../state.ts';
import { quoted } from './conditions.ts';
import { STORAGE_CLASS } from './directory.ts';
import { shownEncryption } from './encryption.ts';
import { keptMetadata, shownMetadata } from './metadata.ts';

export type Given = {
  ContentType?: string;
  CacheControl?: string;
  ContentDisposition?: string;
  ContentEncoding?: string;
  ContentLanguage?: string;
  Expires?: string;
  WebsiteRedirectLocation?: string;
  StorageClass?: string;
  Metadata?: { [name: string]: string };
};

/** Source: S3 API Reference, PutObject, "x-amz-storage-class": the other values belong to other kinds of storage. */
const STORAGE_CLASSES = new Set([
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'DEEP_ARCHIVE',
  'GLACIER_IR',
]);

/**
 * Reads and checks them.
 *
 * @throws {ServiceError} MetadataTooLarge, InvalidStorageClass, InvalidRedirectLocation
 */
export function attributesOf(input: Given, { directory }: BucketRow): Attributes {
  const { WebsiteRedirectLocation: redirect, StorageClass: asked, Metadata: metadata } = input;
  const storageClass = directory === undefined ? asked : STORAGE_CLASS;
  if (redirect !== undefined && !/^(https?:\/\/|\/)/.test(redirect)) throw invalidRedirect();
  if (directory === undefined && storageClass !== undefined && !STORAGE_CLASSES.has(storageClass))
    throw invalidStorageClass(storageClass);
  const encoding = unchunked(input.ContentEncoding);
  return {
    ...(input.ContentType !== undefined && input.ContentType !== '' && { contentType: input.ContentType }),
    ...(input.CacheControl !== undefined && { cacheControl: input.CacheControl }),
    ...(input.ContentDisposition !== undefined && { contentDisposition: input.ContentDisposition }),
    ...(encoding !== undefined && encoding !== '' && { contentEncoding: encoding }),
    ...(input.ContentLanguage !== undefined && { contentLanguage: input.ContentLanguage }),
    ...(input.Expires !== undefined && { expires: input.Expires }),
    ...(redirect !== undefined && { redirect }),
    ...(storageClass !== undefined && storageClass !== 'STANDARD' && { storageClass }),
    ...(metadata !== undefined && { metadata: keptMetadata(metadata) }),
  };
}

/** How the body was sent is no encoding of the object. */
function unchunked(encoding: string | undefined): string | undefined {
  if (encoding?.includes('aws-chunked') !== true) return encoding;
  const kept = encoding.split(',').filter((one) => one.trim() !== 'aws-chunked');
  return kept.join(',').trim();
}

export type Overrides = {
  ResponseCacheControl?: string;
  ResponseContentDisposition?: string;
  ResponseContentEncoding?: string;
  ResponseContentLanguage?: string;
  ResponseContentType?: string;
  ResponseExpires?: number;
};

const TYPE_DEFAULT = 'binary/octet-stream';
/** The members of a GetObject or HeadObject answer that describe the object. */
export function shownAttributes(version: VersionRow, overrides: Overrides): object {
  const { attributes } = version;
  const override = (name: keyof Overrides, header: string, otherwise: string | undefined) => {
    const value = overrides[name];
    return value === undefined ? otherwise : headerText(header, typeof value === 'number' ? httpDate(value) : value);
  };
  return {
    AcceptRanges: 'bytes',
    LastModified: version.modifiedAt,
    ETag: quoted(version.etag),
    ContentType: override('ResponseContentType', 'response-content-type', attributes.contentType ?? TYPE_DEFAULT),
    CacheControl: override('ResponseCacheControl', 'response-cache-control', attributes.cacheControl),
    ContentDisposition: override(
      'ResponseContentDisposition',
      'response-content-disposition',
      attributes.contentDisposition,
    ),
    ContentEncoding: override('ResponseContentEncoding', 'response-content-encoding', attributes.contentEncoding),
    ContentLanguage: override('ResponseContentLanguage', 'response-content-language', attributes.contentLanguage),
    Expires: override('ResponseExpires', 'response-expires', attributes.expires),
    WebsiteRedirectLocation: attributes.redirect,
    StorageClass: attributes.storageClass,
    Metadata: shownMetadata(attributes.metadata),
    ...shownEncryption(version.encryption),
    ReplicationStatus: version.replication?.status,
  };
}

/** @throws {ServiceError} InvalidArgument for what a header can't hold */
function headerText(name: string, value: string): string {
  if (/[^\t\x20-\x7e\x80-\xff]/.test(value))
    throw invalidArgument('Header value cannot be represented using ISO-8859-1.', name, value);
  return value;
}
