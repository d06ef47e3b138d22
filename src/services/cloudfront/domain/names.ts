/** What an origin's domain name says: a bucket of S3, an address of a function, anything else. */

const BUCKET =
  /^(.+?)\.s3(?:[.-](?:dualstack\.)?([a-z]{2}(?:-[a-z]+)+-\d))?(?:\.amazonaws\.com|\.localhost(?::\d+)?|\.localhost\.cloudyard\.dev)$/;
const FUNCTION = /\.lambda-url\.[a-z0-9-]+\.(on\.aws|localhost(?::\d+)?)$/;
const ADDRESS = /\.(execute-api|lambda-url)\.[a-z0-9-]+\./;

/** The bucket of a REST endpoint; a website's endpoint is like any other server. */
export function bucketOf(domain: string): string | undefined {
  return domain.includes('.s3-website') ? undefined : BUCKET.exec(domain)?.[1];
}

/** The Region of a bucket's endpoint, where that names one. */
export function regionOf(domain: string): string | undefined {
  return BUCKET.exec(domain)?.[2];
}

/** Whether it is the address of a function. */
export function isFunctionUrl(domain: string): boolean {
  return FUNCTION.test(domain);
}

/** Whether it is an address that answers to its own name alone. */
export function hasOwnName(domain: string): boolean {
  return ADDRESS.test(domain);
}

/**
 * A name that an origin may have: of labels, or this machine.
 * Deviation: an address in this cloud may have the port of it. Templates cut names of origins out of functions' URLs, which have none on AWS.
 */
export function isDomainName(text: string): boolean {
  return /^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(
    withoutPort(text),
  );
}

/** A name of an origin without this cloud's port. */
export function withoutPort(domain: string): string {
  return domain.replace(/(?<=\.localhost):\d{1,5}$/, '');
}

/** Comes before each path that an origin is asked for. */
export function isOriginPath(text: string): boolean {
  return text === '' || (text.startsWith('/') && !text.endsWith('/') && /^[\x21-\x7e]{1,255}$/.test(text));
}

/** An alias: a name with at least two labels, the first of which may be `*`. */
export function isAlias(text: string): boolean {
  return /^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/.test(text) && text.length <= 253;
}

/** The name to which the domains of a connection group's tenants are to lead. */
export function endpointOf({ endpoint }: { endpoint: string }): string {
  return `${endpoint}.cloudfront.net`;
}
