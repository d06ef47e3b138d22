/**
 * What a website does with a request: which key it means, where it is sent instead, and the page that tells of an error.
 *
 * @see S3 User Guide, "Hosting a static website using Amazon S3", "(Optional) Configuring a webpage redirect"
 */
import type { ServiceError } from '#kernel/contract';
import type { Redirect, RoutingRule, WebsiteConfiguration } from '#models/s3';
import { configurations } from '../state.ts';
import type { Found } from './find.ts';

/** The configuration of a bucket that is a website. */
export function websiteOf({ bucket, store }: Found): WebsiteConfiguration | undefined {
  const row = store.get(configurations, { bucket: bucket.id, kind: 'website', id: '' });
  return row?.value as WebsiteConfiguration | undefined;
}

/** The key of a page: an index document stands for a folder. */
export function keyOfPage({ IndexDocument: index }: WebsiteConfiguration, key: string): string {
  return key === '' || key.endsWith('/') ? `${key}${index?.Suffix ?? ''}` : key;
}

/** The first rule for a key; before the object is looked for without a status, after that with the error's. */
export function ruleFor(
  { RoutingRules: rules = [] }: WebsiteConfiguration,
  key: string,
  status: number | undefined,
): RoutingRule | undefined {
  return rules.find(({ Condition: when }) => {
    const code = when?.HttpErrorCodeReturnedEquals;
    if (status === undefined ? code !== undefined : code !== String(status)) return false;
    return key.startsWith(when?.KeyPrefixEquals ?? '');
  });
}

/** Where a rule sends a key. */
export function placeFor({ Condition: when, Redirect: to }: RoutingRule, key: string, host: string): string {
  const prefix = when?.KeyPrefixEquals ?? '';
  const replaced =
    to.ReplaceKeyWith ??
    (to.ReplaceKeyPrefixWith === undefined ? key : `${to.ReplaceKeyPrefixWith}${key.slice(prefix.length)}`);
  return placeOf(to, replaced, host);
}

/** An address of a key on the host that a redirect names. */
export function placeOf(
  { Protocol: protocol = 'http', HostName: name }: Pick<Redirect, 'Protocol' | 'HostName'>,
  key: string,
  host: string,
): string {
  return `${protocol}://${name ?? host}/${key.split('/').map(encodeURIComponent).join('/')}`;
}

/** Source: S3 API Reference, "List of error codes". */
const STATUSES: { readonly [code: string]: readonly [status: number, reason: string] } = {
  AccessDenied: [403, 'Forbidden'],
  InvalidObjectState: [403, 'Forbidden'],
  NoSuchBucket: [404, 'Not Found'],
  NoSuchKey: [404, 'Not Found'],
  NoSuchWebsiteConfiguration: [404, 'Not Found'],
  MethodNotAllowed: [405, 'Method Not Allowed'],
  PreconditionFailed: [412, 'Precondition Failed'],
  InvalidRange: [416, 'Requested Range Not Satisfiable'],
};

/** The status of an error on a website. */
export function statusOf({ code }: ServiceError): number {
  return STATUSES[code]?.[0] ?? 400;
}

const escaped = (text: string) =>
  text.replace(/[&<>"]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[char] ?? char);

/** What an error tells beside its code and message. */
export function detailsOf({ fields }: ServiceError): [name: string, value: string][] {
  return Object.entries(fields).filter((one): one is [string, string] => typeof one[1] === 'string');
}

function items(error: ServiceError): string[] {
  return [['Code', error.code], ['Message', error.message], ...detailsOf(error)].map(
    ([name = '', value = '']) => `<li>${name}: ${escaped(value)}</li>`,
  );
}

/**
 * The page that AWS shows of an error.
 *
 * @param custom why the website's own page for errors could not be shown
 */
export function errorPage(
  error: ServiceError,
  custom: ServiceError | undefined,
  ids: { requestId: string; hostId: string },
): string {
  const [status, reason] = STATUSES[error.code] ?? [400, 'Bad Request'];
  const title = `${status} ${reason}`;
  return [
    '<html>',
    `<head><title>${title}</title></head>`,
    '<body>',
    `<h1>${title}</h1>`,
    '<ul>',
    ...items(error),
    `<li>RequestId: ${ids.requestId}</li>`,
    `<li>HostId: ${ids.hostId}</li>`,
    '</ul>',
    ...(custom === undefined
      ? []
      : [
          '<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>',
          '<ul>',
          ...items(custom),
          '</ul>',
        ]),
    '<hr/>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}
