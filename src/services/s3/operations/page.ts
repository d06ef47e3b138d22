/** The pages of buckets that are websites, read by anybody whom the bucket's policy lets. */
import { hostIdOf, httpDate, safeDecode } from '#kernel/base';
import { type Ctx, type PageReply, type PageRule, type RawRequest, ServiceError } from '#kernel/contract';
import { REGIONS } from '#kernel/world';
import type { WebsiteConfiguration } from '#models/s3';
import { recordOf } from '../domain/access-log.ts';
import { findBucket, placed } from '../domain/find.ts';
import { keepLines } from '../domain/log-lines.ts';
import { bucketNamed } from '../domain/points.ts';
import { detailsOf, errorPage, keyOfPage, placeFor, placeOf, ruleFor, statusOf, websiteOf } from '../domain/website.ts';
import { methodNotAllowed, noWebsite, websiteElsewhere } from '../errors.ts';
import { pageAccess } from '../policy.ts';
import { getObject, headObject } from './read.ts';

/** `<bucket>.s3-website-<region>.…` and `<bucket>.s3-website.<region>.…` */
export const page: PageRule = (request) => {
  const host = request.headers.host ?? request.headers[':authority'] ?? '';
  if (host.startsWith('s3-website')) return async (ctx) => about(ctx);
  if (!host.includes('.s3-website')) return undefined;
  return async (ctx) => {
    const reply = await serve(request, host, ctx);
    logPage(request, reply, ctx);
    return reply;
  };
};

async function serve(request: RawRequest, host: string, ctx: Ctx): Promise<PageReply> {
  const [, bucket = '', path = ''] = /^\/([^/]+)\/?(.*)$/.exec(request.path) ?? [];
  try {
    const key = safeDecode(path);
    if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed(request.method, 'OBJECT');
    const found = findBucket({ Bucket: bucket }, ctx);
    const { region } = found.bucket;
    if ((regionOf(host) ?? region) !== region) throw websiteElsewhere(`${bucket}.s3-website-${region}.amazonaws.com`);
    const website = websiteOf(found);
    if (website === undefined) throw noWebsite(bucket);
    return await answer(website, { request, host, bucket, key }, ctx);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return failed(ctx, error, undefined);
  }
}

/** Who names no bucket is sent to the page about S3. Source: a recorded answer of a website's endpoint (53ningen, 2017). */
const about = (ctx: Ctx) =>
  moved(301, 'https://aws.amazon.com/s3/', ctx, {
    'x-amz-error-code': 'WebsiteRedirect',
    'x-amz-error-message': 'Request does not contain a bucket name.',
  });

/** The Region that a host names; undefined where it names none. */
function regionOf(host: string): string | undefined {
  const [, name = ''] = /\.s3-website[-.]([a-z0-9-]+)/.exec(host.toLowerCase()) ?? [];
  return REGIONS.has(name) ? name : undefined;
}

/** Source: S3 User Guide, "Amazon S3 server access log format", Operation. */
function logPage({ method, path }: RawRequest, reply: PageReply, ctx: Ctx): void {
  const [, name = '', key = ''] = /^\/([^/]+)\/?(.*)$/.exec(path) ?? [];
  const bucket = bucketNamed(ctx.store, name, ctx.region);
  if (bucket?.logs !== true) return;
  const output = ('output' in reply ? reply.output : {}) as { ContentLength?: number; StatusCode?: number };
  const sent = 'output' in reply ? (output.ContentLength ?? 0) : Buffer.byteLength(reply.body);
  const error = 'output' in reply ? undefined : reply.headers['x-amz-error-code'];
  const facts = { status: reply.status ?? output.StatusCode ?? 200, error, sent: method === 'HEAD' ? 0 : sent };
  const entry = { name: `WEBSITE.${method}.OBJECT`, ...(key !== '' && { key: safeDecode(key) }) };
  const line = recordOf(bucket, entry, { ...facts, micros: (ctx.clock() - ctx.now) * 1_000 }, ctx);
  ctx.transact((view) => keepLines(ctx, placed(bucket, ctx, view), bucket, ctx.requestId, [line]));
}

type Asked = { request: RawRequest; host: string; bucket: string; key: string };

async function answer(website: WebsiteConfiguration, asked: Asked, ctx: Ctx): Promise<PageReply> {
  const { key, host, bucket } = asked;
  const { RedirectAllRequestsTo: all, ErrorDocument: own } = website;
  if (all !== undefined) return moved(301, placeOf(all, key, host), ctx);
  const rule = ruleFor(website, key, undefined);
  if (rule !== undefined) return moved(codeOf(rule.Redirect.HttpRedirectCode), placeFor(rule, key, host), ctx);
  try {
    const output = await read(asked, keyOfPage(website, key), ctx, conditionsOf(asked.request));
    const place = (output as { WebsiteRedirectLocation?: string }).WebsiteRedirectLocation;
    return place === undefined ? { operation: 'GetObject', output, status: undefined } : moved(301, place, ctx);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.code === 'NotModified') return notModified(error, ctx);
    if (error.code === 'NoSuchKey' && key !== '' && !key.endsWith('/') && (await isFolder(website, asked, ctx)))
      return moved(302, `/${key.split('/').map(encodeURIComponent).join('/')}/`, ctx);
    const status = statusOf(error);
    const other = ruleFor(website, key, status);
    if (other !== undefined) return moved(codeOf(other.Redirect.HttpRedirectCode), placeFor(other, key, host), ctx);
    if (own === undefined) return failed(ctx, error, undefined);
    try {
      const output = await read({ ...asked, bucket }, own.Key, ctx, {});
      return { operation: 'GetObject', output, status };
    } catch (why) {
      if (!(why instanceof ServiceError)) throw why;
      return failed(ctx, error, why);
    }
  }
}

const codeOf = (code: string | undefined) => Number(code ?? 301);

/** The object, for anybody who may read it. */
async function read({ bucket, request }: Asked, Key: string, ctx: Ctx, conditions: object): Promise<object> {
  const input = { Bucket: bucket, Key, ...conditions };
  for (const one of [pageAccess?.(input, ctx) ?? []].flat()) ctx.authorize(one);
  return request.method === 'HEAD' ? headObject(input, ctx) : getObject(input, ctx);
}

async function isFolder(website: WebsiteConfiguration, asked: Asked, ctx: Ctx): Promise<boolean> {
  try {
    const request = { ...asked.request, method: 'HEAD' };
    await read({ ...asked, request }, keyOfPage(website, `${asked.key}/`), ctx, {});
    return true;
  } catch (error) {
    if (error instanceof ServiceError) return false;
    throw error;
  }
}

function conditionsOf({ headers }: RawRequest): object {
  const date = (name: string) => {
    const at = Date.parse(headers[name] ?? '');
    return Number.isNaN(at) ? undefined : at;
  };
  const all = {
    Range: headers.range,
    IfMatch: headers['if-match'],
    IfNoneMatch: headers['if-none-match'],
    IfModifiedSince: date('if-modified-since'),
    IfUnmodifiedSince: date('if-unmodified-since'),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

const idsOf = (ctx: Ctx) => ({
  requestId: ctx.requestId,
  hostId: hostIdOf(ctx.requestId),
});

function headersOf(ctx: Ctx, more: Record<string, string>): Record<string, string> {
  const { requestId, hostId } = idsOf(ctx);
  return { 'x-amz-request-id': requestId, 'x-amz-id-2': hostId, ...more };
}

function moved(status: number, location: string, ctx: Ctx, more: Record<string, string> = {}): PageReply {
  return { status, headers: headersOf(ctx, { ...more, location }), body: '' };
}

function notModified(error: ServiceError, ctx: Ctx): PageReply {
  const { ETag, LastModified } = error.fields as { ETag: string; LastModified: number };
  const headers = headersOf(ctx, { etag: ETag, 'last-modified': httpDate(LastModified) });
  return { status: 304, headers, body: '' };
}

function failed(ctx: Ctx, error: ServiceError, custom: ServiceError | undefined): PageReply {
  const details = detailsOf(error).map(([name, value]) => [`x-amz-error-detail-${name}`, encodeURIComponent(value)]);
  return {
    status: statusOf(error),
    headers: headersOf(ctx, {
      'content-type': 'text/html; charset=utf-8',
      'x-amz-error-code': error.code,
      'x-amz-error-message': error.message,
      ...Object.fromEntries(details),
    }),
    body: errorPage(error, custom, idsOf(ctx)),
  };
}
