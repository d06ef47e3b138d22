/** POST Object: a browser's form becomes a PutObject, its fields the headers. */
import type { ByteStream, FormCall, FormRule, RawRequest } from '#kernel/contract';
import {
  entityTooLarge,
  formFileTooSmall,
  formNotMultipart,
  formNotWellFormed,
  invalidArgument,
  malformedXml,
} from '../errors.ts';
import { PUT_BYTES_MAX } from '../limits.ts';
import { type FormData, readFormData } from './form-data.ts';
import { checkFormPolicy, type SizeBounds } from './form-policy.ts';

/** Fields that are headers of the upload. */
const HEADERS = new Set([
  'content-md5',
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'expires',
]);
/** Characters that no header can give back. */
const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/gu;
/** Fields that sign the form, and so are no headers of the upload. */
const SIGNING = new Set([
  'x-amz-signature',
  'x-amz-credential',
  'x-amz-algorithm',
  'x-amz-date',
  'x-amz-security-token',
]);

/** A form is a POST to a bucket as a whole, in whose name nothing is escaped. */
export const form: FormRule = (request) => {
  const [, bucket = '', key = ''] = /^\/([^/%]+)\/?(.*)$/.exec(request.path) ?? [];
  if (bucket === '' || key !== '' || request.query !== '') return undefined;
  const type = request.headers['content-type'] ?? '';
  if (/^application\/x-www-form-urlencoded/i.test(type)) return undefined;
  return read(request, bucket, type);
};

async function read(request: RawRequest, bucket: string, type: string): Promise<FormCall> {
  if (!/^multipart\/form-data\s*;/i.test(type)) throw formNotMultipart();
  const boundary = /boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(type);
  if (boundary === null) throw formNotWellFormed();
  const { fields, file } = await readFormData(request.body, boundary[1] ?? boundary[2] ?? '');
  if (!fields.has('key')) throw missing('key');
  if (file === undefined) throw invalidArgument('POST requires exactly one file upload per request.', 'file', '0');
  expand(fields, file.name);
  const key = fields.get('key') ?? '';
  if (key === '') throw invalidArgument('User key must have a length greater than 0.', 'key', '');
  fields.set('bucket', bucket);
  const signed = signedBy(fields);
  let bounds: SizeBounds;
  return {
    operation: 'PutObject',
    labels: { Bucket: bucket, Key: key },
    headers: headersOf(request, fields),
    body: bounded(file, () => bounds),
    signed,
    check: (now) => {
      if (signed !== undefined) bounds = checkFormPolicy(signed.text, fields, now);
    },
    answer: (output) => answer(request, fields, String(output.ETag)),
  };
}

/** Source: S3 Developer Guide, "Creating an HTML form": every field knows the variable. It stays where the file came without a name. */
function expand(fields: FormData['fields'], filename: string | undefined): void {
  if (filename === undefined) return;
  for (const [name, value] of fields)
    fields.set(
      name,
      value.replace(/\$\{filename\}/g, () => filename),
    );
}

const missing = (name: string) =>
  invalidArgument(
    `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
    name,
    '',
  );

function signedBy(fields: FormData['fields']): FormCall['signed'] {
  const text = fields.get('policy');
  const credential = fields.get('x-amz-credential');
  const token = fields.get('x-amz-security-token');
  if (credential !== undefined) {
    const parts = credential.split('/');
    const [accessKeyId = '', date = '', region = '', service = ''] = parts;
    if (parts.length !== 5)
      throw invalidArgument(
        'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
        'X-Amz-Credential',
        credential,
      );
    if (accessKeyId === '')
      throw invalidArgument(
        'a non-empty Access Key (AKID) must be provided in the credential.',
        'X-Amz-Credential',
        credential,
      );
    if (text === undefined) throw missing('Policy');
    if (!fields.has('x-amz-algorithm')) throw missing('X-Amz-Algorithm');
    const at = fields.get('x-amz-date');
    if (at === undefined) throw missing('X-Amz-Date');
    if (!/^\d{8}T\d{6}Z$/.test(at))
      throw invalidArgument('X-Amz-Date must be formated via ISO8601 Long format', 'X-Amz-Date', at);
    const signature = fields.get('x-amz-signature');
    if (signature === undefined) throw missing('X-Amz-Signature');
    return { accessKeyId, scope: { date, region, service }, text, signature, timestamp: at, token };
  }
  // Those of Signature Version 4 come all or none, the algorithm first.
  if (fields.has('x-amz-signature') || fields.has('x-amz-algorithm') || fields.has('x-amz-date'))
    throw missing(fields.has('x-amz-algorithm') ? 'X-Amz-Credential' : 'X-Amz-Algorithm');
  const accessKeyId = fields.get('awsaccesskeyid');
  const signature = fields.get('signature');
  // A policy that nobody signed makes nobody known.
  if (accessKeyId === undefined && signature === undefined) return undefined;
  if (text === undefined) throw missing('Policy');
  if (accessKeyId === undefined) throw missing('AWSAccessKeyId');
  if (signature === undefined) throw missing('Signature');
  return { accessKeyId, scope: undefined, text, signature, timestamp: undefined, token };
}

function headersOf({ headers }: RawRequest, fields: FormData['fields']): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of ['host', 'origin', 'user-agent', 'referer', ':authority'])
    if (headers[name] !== undefined) kept[name] = headers[name];
  for (const [name, value] of fields) {
    if (name === 'acl') kept['x-amz-acl'] = value;
    else if (name === 'tagging') kept['x-amz-tagging'] = taggingOf(value);
    else if (HEADERS.has(name)) kept[name] = value.replace(UNSENDABLE, ' ');
    else if (name.startsWith('x-amz-') && !SIGNING.has(name)) kept[name] = value;
  }
  return kept;
}

const TAG =
  /^\s*<Tag>\s*(?:<Key>([^<]*)<\/Key>\s*<Value>([^<]*)<\/Value>|<Value>([^<]*)<\/Value>\s*<Key>([^<]*)<\/Key>)\s*<\/Tag>/;
const ENTITIES: { readonly [name: string]: string } = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** The form's tags come as a document, those of a header as a query. */
function taggingOf(document: string): string {
  // S3 takes any other document that holds nothing for one without tags.
  if (/^\s*<(\w+)>\s*<\/\1>\s*$/.test(document)) return '';
  const set = /^\s*(?:<\?xml[^>]*\?>\s*)?<Tagging[^>]*>\s*<TagSet>([\s\S]*)<\/TagSet>\s*<\/Tagging>\s*$/.exec(document);
  const text = (xml = '') => encodeURIComponent(xml.replace(/&(\w+);/g, (all, name) => ENTITIES[name] ?? all));
  const pairs: string[] = [];
  let rest = set?.[1];
  while (rest !== undefined && rest.trim() !== '') {
    const tag = TAG.exec(rest);
    if (tag === null) throw malformedXml();
    pairs.push(`${text(tag[1] ?? tag[4])}=${text(tag[2] ?? tag[3])}`);
    rest = rest.slice(tag[0].length);
  }
  if (rest === undefined) throw malformedXml();
  return pairs.join('&');
}

/** The file's bytes, refused when they are fewer or more than the policy says. */
function bounded(file: NonNullable<FormData['file']>, boundsOf: () => SizeBounds): ByteStream {
  return {
    length: undefined,
    async *[Symbol.asyncIterator]() {
      const { min, max } = boundsOf() ?? { min: 0, max: PUT_BYTES_MAX };
      let size = 0;
      for await (const bytes of file.bytes) {
        size += bytes.length;
        if (size > max) throw entityTooLarge(size, max);
        yield bytes;
      }
      if (size < min) throw formFileTooSmall(size, min);
    },
  };
}

/** Source: S3 API Reference, POST Object, "success_action_redirect", "success_action_status". */
function answer(
  { headers, secure }: RawRequest,
  fields: FormData['fields'],
  etag: string,
): ReturnType<FormCall['answer']> {
  const [bucket = '', key = ''] = [fields.get('bucket'), fields.get('key')];
  const host = headers.host ?? headers[':authority'] ?? '';
  const Location = `${secure ? 'https' : 'http'}://${host}/${host.startsWith(`${bucket}.`) ? '' : `${bucket}/`}${key.split('/').map(encodeURIComponent).join('%2F')}`;
  const redirect = fields.get('success_action_redirect') ?? fields.get('redirect');
  if (redirect !== undefined && URL.canParse(redirect)) {
    const url = new URL(redirect);
    // Written as forms are. Source: S3's answer in github.com/layervault/layervault_ruby_client/issues/8.
    const added = String(new URLSearchParams({ bucket, key, etag }));
    url.search = url.search === '' ? added : `${url.search}&${added}`;
    return { status: 303, headers: { location: url.href }, body: '' };
  }
  const status = fields.get('success_action_status');
  if (status !== '201') return { status: status === '200' ? 200 : 204, headers: { location: Location }, body: '' };
  const element = (name: string, text: string) => `<${name}>${escaped(text)}</${name}>`;
  const members = [
    element('Location', Location),
    element('Bucket', bucket),
    element('Key', key),
    element('ETag', etag),
  ].join('');
  return {
    status: 201,
    headers: { location: Location, 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>${members}</PostResponse>`,
  };
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[char] ?? char);
}
