/** Layers as functions refer to them: found, allowed, few enough and small enough. */
import { type Ctx, raise, ServiceError } from '#kernel/contract';
import { layerElsewhere, layerInOtherRegion, layersTooLarge, layerTwice, noLayer, tooManyLayers } from '../errors.ts';
import { type LayerVersionRow, layerVersions } from '../layer-state.ts';
import { LAYERS_MAX, UNPACKED_BYTES_MAX } from '../limits.ts';
import { policyDocument } from './find.ts';
import { isSecretsExtension } from './secrets-extension.ts';

export type LayerName = { account: string; region: string; name: string; number: number | undefined };

const LAYER = /^(?:arn:[a-z-]+:lambda:([a-z]{2}(?:-[a-z]+)+-\d):(\d{12}):layer:)?([a-zA-Z0-9-_]+)(?::(\d{1,9}))?$/;

/** A layer by its name or ARN, with a version where the ARN has one; undefined where the text is neither. */
export function parseLayer(given: string, ctx: Ctx): LayerName | undefined {
  const [, region = ctx.region, account = ctx.account, name, number] = LAYER.exec(given) ?? [];
  return name === undefined
    ? undefined
    : { account, region, name, number: number === undefined ? undefined : Number(number) };
}

/** ARN of a layer, or of one of its versions. */
export function layerArn({ partition, region }: Ctx, account: string, name: string, number?: number): string {
  return `arn:${partition}:lambda:${region}:${account}:layer:${name}${number === undefined ? '' : `:${number}`}`;
}

/** The version that an ARN names, deleted ones too. */
export function layerOf(arn: string, ctx: Ctx): LayerVersionRow | undefined {
  const { account, region, name = '', number = 0 } = parseLayer(arn, ctx) ?? {};
  if (region !== ctx.region || account === undefined) return undefined;
  return ctx.store.in({ account }).get(layerVersions, { name, number });
}

/** The text of a layer version's policy; undefined where it has none. */
export function layerPolicy({ statements }: LayerVersionRow): string | undefined {
  return statements.length === 0 ? undefined : JSON.stringify(policyDocument(statements));
}

/**
 * Checks what a function wants to use.
 *
 * @param unpacked bytes of the function's own files
 * @param before   what it uses already, and may go on using
 * @throws {ServiceError} InvalidParameterValueException, AccessDeniedException
 */
export function checkLayers(arns: readonly string[], unpacked: number, before: readonly string[], ctx: Ctx): void {
  if (arns.length > LAYERS_MAX) throw tooManyLayers(LAYERS_MAX);
  let bytes = unpacked;
  const seen = new Map<string, string>();
  for (const arn of arns) {
    const named = parseLayer(arn, ctx) ?? raise(noLayer(arn));
    if (named.region !== ctx.region && named.account === ctx.account) throw layerInOtherRegion(ctx.region);
    const row = layerOf(arn, ctx);
    if (row !== undefined || !isSecretsExtension(arn)) checkThere(arn, named.account, row, before, ctx);
    const key = `${named.account}:${named.name}`;
    const other = seen.get(key);
    if (other !== undefined) throw layerTwice(other, arn);
    seen.set(key, arn);
    bytes += row?.unpacked ?? 0;
  }
  if (bytes > UNPACKED_BYTES_MAX) throw layersTooLarge(bytes);
}

/** @throws {ServiceError} InvalidParameterValueException, AccessDeniedException for what another account has not shared, or has not */
function checkThere(
  arn: string,
  account: string,
  row: LayerVersionRow | undefined,
  before: readonly string[],
  ctx: Ctx,
): void {
  const isThere = row !== undefined && (row.deleted !== true || before.includes(arn));
  if (!isThere && account === ctx.account) throw noLayer(arn);
  const policy = isThere ? layerPolicy(row) : undefined;
  try {
    ctx.authorize({ action: 'lambda:GetLayerVersion', resource: arn, account, policy });
  } catch (error) {
    throw !isThere && error instanceof ServiceError ? layerElsewhere(error, arn) : error;
  }
  if (!isThere) throw noLayer(arn);
}
