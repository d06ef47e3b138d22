/** Inputs and outputs as the trail keeps them: member names in CloudTrail's spelling, nothing secret, nothing large. */
import type { ServiceModel } from '#kernel/wire';

/** Source: CloudTrail User Guide, "CloudTrail record contents": longer values are cut. */
const TEXT_MAX = 2_048;
const ITEMS_MAX = 100;
const DEPTH_MAX = 8;
const BYTES_MAX = 102_400;
const HIDDEN = 'HIDDEN_DUE_TO_SECURITY_REASONS';

/** JSON of a structure; undefined where nothing of it is left. */
export function writeForTrail(model: ServiceModel, shape: string, value: object): string | undefined {
  const shown = show(model, shape, value, 0);
  if (shown === undefined || Object.keys(shown as object).length === 0) return undefined;
  const text = JSON.stringify(shown);
  return text.length > BYTES_MAX ? JSON.stringify({ omitted: true }) : text;
}

const READS =
  /^(BatchGet|BatchDescribe|Check|Decode|Describe|Detect|Estimate|Filter|Get|Head|List|Lookup|Preview|Query|Scan|Search|Select|Simulate|Test|Validate|View)/;

/** Whether an operation changes nothing, as CloudTrail says: by the model, by the service, or by its name, for most models don't tell. */
export function isReadOnly(
  model: ServiceModel,
  operation: string,
  reads: { readonly [operation: string]: unknown } = {},
): boolean {
  return model.operations[operation]?.readonly === true || operation in reads || READS.test(operation);
}

function show(model: ServiceModel, name: string, value: unknown, depth: number): unknown {
  if (value === undefined || value === null) return undefined;
  const shape = model.shapes[name] as
    | {
        type?: string;
        sensitive?: boolean;
        unrecorded?: boolean;
        streaming?: boolean;
        members?: Record<string, { shape: string }>;
        member?: { shape: string };
        value?: { shape: string };
      }
    | undefined;
  if (shape === undefined || shape.unrecorded === true) return undefined;
  if (shape.sensitive === true) return HIDDEN;
  if (depth > DEPTH_MAX) return undefined;
  switch (shape.type) {
    case 'structure':
      return members(
        Object.entries(shape.members ?? {}).map(([key, { shape: inner }]) => [
          lowerFirst(key),
          show(model, inner, (value as Record<string, unknown>)[key], depth + 1),
        ]),
      );
    case 'list':
      return Array.isArray(value)
        ? value.slice(0, ITEMS_MAX).map((item) => show(model, shape.member?.shape ?? '', item, depth + 1) ?? null)
        : undefined;
    case 'map':
      return members(
        Object.entries(value as object)
          .slice(0, ITEMS_MAX)
          .map(([key, item]) => [key, show(model, shape.value?.shape ?? '', item, depth + 1)]),
      );
    case 'blob':
      return undefined;
    case 'timestamp':
      return typeof value === 'number' ? new Date(value).toISOString() : undefined;
    case 'string':
      return typeof value === 'string' ? value.slice(0, TEXT_MAX) : value;
    default:
      return typeof value === 'object' ? undefined : value;
  }
}

function members(entries: [string, unknown][]): object {
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
