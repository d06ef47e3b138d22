/** What a host name says: `photos.s3.eu-west-1.localhost:4566` names a bucket, a service and a Region. */
import { REGIONS } from '#kernel/world';

const BASES = ['.localhost', '.amazonaws.com', '.localhost.cloudyard.dev'];
const ADDRESS = /^(\d+\.\d+\.\d+\.\d+|\[.*\]|localhost)$/;

/** Older Regions join the name of the endpoint and their own. */
const WEBSITE = 's3-website-';

/** Labels before the base domain; none for an address or a bare `localhost`. */
export function hostLabels(host: string): string[] {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  if (ADDRESS.test(name)) return [];
  const base = BASES.find((one) => name.endsWith(one));
  return base === undefined
    ? []
    : name
        .slice(0, -base.length)
        .split('.')
        .filter((label) => label !== 'dualstack')
        .flatMap((label) => (label.startsWith(WEBSITE) ? ['s3-website', label.slice(WEBSITE.length)] : [label]));
}

const isRegion = (label: string) => REGIONS.has(label) || /^(cn|us-gov)-[a-z]+-\d$/.test(label);
const S3 = /^s3(-fips|-website|-accelerate|-accesspoint|-global|express-[a-z0-9-]+)?$/;

/** The bucket of a virtual-hosted S3 address; also `photos.localhost`, as SDKs make it from a bare endpoint. */
export function bucketOfHost(host: string): string | undefined {
  const all = hostLabels(host);
  const at = all.findIndex((label) => S3.test(label) || /^s3-[a-z]{2}-[a-z]+-\d$/.test(label));
  // Before `s3-global` stands the kind of what follows: `accesspoint`.
  const end = all[at] === 's3-global' ? Math.max(at - 1, 0) : at;
  const bucket = at === -1 ? all.filter((label) => !isRegion(label)) : all.slice(0, end);
  return bucket.length === 0 ? undefined : bucket.join('.');
}

/** The endpoint label: `sqs` in `sqs.us-east-1.amazonaws.com`. */
export function serviceOfHost(host: string): string | undefined {
  const all = hostLabels(host).filter((label) => !isRegion(label));
  const last = all.at(-1);
  return last !== undefined && S3.test(last) ? 's3' : last;
}

/** Whether a host is one of S3's for directory buckets: a Region's (`s3express-control`), or a zone's (`s3express-use1-az4`). */
export function isExpressHost(host: string): boolean {
  return host.includes('s3express-') && hostLabels(host).some((label) => label.startsWith('s3express-'));
}

/** The Region in a host name such as `sqs.eu-west-1.amazonaws.com`; undefined where there is none. */
export function regionOfHost(host: string): string | undefined {
  return hostLabels(host).find(isRegion);
}
