/**
 * Parameters that AWS publishes, to read for everyone: of them, those about Regions and zones. Source: Systems Manager User Guide, "Calling AWS
 * service, Region, endpoint, Availability Zone, local zone, and wavelength zone public parameters".
 */
import type { Millis } from '#kernel/base';
import { type Ctx, type InputOf, notBuilt, type OutputOf } from '#kernel/contract';
import { partitionOf, REGIONS, type Region, regionTitle } from '#kernel/world';
import { badToken, parameterNotFound, versionNotFound } from '../errors.ts';
import { BY_PATH_DEFAULT } from '../limits.ts';
import { isBelow } from './filters.ts';
import { select } from './names.ts';

type Parameter = NonNullable<OutputOf<'ssm', 'GetParameter'>['Parameter']>;

const ROOT = '/aws/service/';
const INFRASTRUCTURE = `${ROOT}global-infrastructure`;
/** Nothing tells when AWS published each. */
const PUBLISHED_AT: Millis = Date.UTC(2019, 0, 1);

/** What else AWS publishes. Source: Systems Manager User Guide, "Working with public parameters"; `get-parameters-by-path --path /aws/service/list`. */
const OTHERS =
  /^\/aws\/service\/(list|global-infrastructure\/(services|local-zones|wavelength-zones)|ami-[a-z-]+|bottlerocket|canonical|datasync|debian|deeplearning|ecs|eks|freebsd|marketplace|neuron|redhat|storagegateway|suse|aws-storage-gateway-latest)(\/|$)/;

function ofRegion(region: Region): [name: string, value: string][] {
  const root = `${INFRASTRUCTURE}/regions/${region.name}`;
  const zones = region.zones.map((_, index) => `${region.zonePrefix}-az${index + 1}`);
  return [
    [root, region.name],
    [`${root}/domain`, 'amazonaws.com'],
    [`${root}/longName`, regionTitle(region.name)],
    [`${root}/partition`, partitionOf(region.name)],
    ...zones.map((zone): [string, string] => [`${root}/availability-zones/${zone}`, zone]),
    ...zones.map((zone): [string, string] => [`${INFRASTRUCTURE}/availability-zones/${zone}`, zone]),
  ];
}

/** By name, in the order of their names. */
const PUBLISHED: ReadonlyMap<string, string> = new Map(
  [...REGIONS.values()].flatMap(ofRegion).sort(([a], [b]) => (a < b ? -1 : 1)),
);

/** Whether a name is one of AWS's own publications. */
export function isPublic(name: string): boolean {
  return name.startsWith(ROOT);
}

function shown(name: string, { partition, region }: Ctx): Parameter {
  return {
    Name: name,
    Type: 'String',
    Value: PUBLISHED.get(name) ?? '',
    Version: 1,
    LastModifiedDate: PUBLISHED_AT,
    ARN: `arn:${partition}:ssm:${region}::parameter${name}`,
    DataType: 'text',
  };
}

/** @throws {ServiceError} ParameterNotFound, ParameterVersionNotFound, NotImplemented for what AWS publishes, but not this cloud */
export function readPublic(given: string, ctx: Ctx): Parameter {
  const { name, selector } = select(given, ctx);
  checkBuilt(name);
  if (!PUBLISHED.has(name)) throw parameterNotFound();
  if (selector !== undefined && selector !== '1') throw versionNotFound(name, selector);
  return { ...shown(name, ctx), ...(selector !== undefined && { Selector: `:${selector}` }) };
}

/** Those below a path. @throws {ServiceError} NotImplemented, InvalidNextToken */
export function listPublic(path: string, input: InputOf<'ssm', 'GetParametersByPath'>, ctx: Ctx) {
  checkBuilt(path);
  const { MaxResults: limit = BY_PATH_DEFAULT, NextToken: token = '0', Recursive: deep = false } = input;
  if (!/^\d{1,6}$/.test(token)) throw badToken();
  const from = Number(token);
  const names = [...PUBLISHED.keys()].filter((name) => isBelow(name, path, deep));
  return {
    Parameters: names.slice(from, from + limit).map((name) => shown(name, ctx)),
    ...(from + limit < names.length && { NextToken: String(from + limit) }),
  };
}

function checkBuilt(name: string): void {
  const [, root] = OTHERS.exec(name) ?? [];
  if (root !== undefined) throw notBuilt(`the public parameters of ${ROOT}${root}`);
}
