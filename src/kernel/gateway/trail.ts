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
  const shown = showOf(model, shape)(value, 0);
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

/** What of a value is shown, at a depth; undefined for nothing. */
type Show = (value: unknown, depth: number) => unknown;

type Shape = {
  type?: string;
  sensitive?: boolean;
  unrecorded?: boolean;
  members?: Record<string, { shape: string }>;
  member?: { shape: string };
  value?: { shape: string };
};

const NOTHING: Show = () => undefined;
const shows = new WeakMap<ServiceModel, Map<string, Show>>();

/** How values of a shape are shown, found out once. */
function showOf(model: ServiceModel, name: string): Show {
  let known = shows.get(model);
  if (known === undefined) shows.set(model, (known = new Map()));
  let show = known.get(name);
  if (show === undefined) known.set(name, (show = guarded(model, model.shapes[name] as Shape | undefined)));
  return show;
}

function guarded(model: ServiceModel, shape: Shape | undefined): Show {
  if (shape === undefined || shape.unrecorded === true) return NOTHING;
  const show = shape.sensitive === true ? () => HIDDEN : showerOf(model, shape);
  return (value, depth) =>
    value === undefined || value === null || depth > DEPTH_MAX ? undefined : show(value, depth);
}

function showerOf(model: ServiceModel, shape: Shape): Show {
  switch (shape.type) {
    case 'structure':
      return structure(model, shape.members ?? {});
    case 'list':
      return (value, depth) =>
        Array.isArray(value)
          ? value.slice(0, ITEMS_MAX).map((item) => showOf(model, shape.member?.shape ?? '')(item, depth + 1) ?? null)
          : undefined;
    case 'map':
      return (value, depth) => {
        const show = showOf(model, shape.value?.shape ?? '');
        const entries = Object.entries(value as object).slice(0, ITEMS_MAX);
        return Object.fromEntries(
          entries.map(([key, item]) => [key, show(item, depth + 1)]).filter(([, item]) => item !== undefined),
        );
      };
    case 'blob':
      return NOTHING;
    case 'timestamp':
      return (value) => (typeof value === 'number' ? new Date(value).toISOString() : undefined);
    case 'string':
      return (value) => (typeof value === 'string' ? value.slice(0, TEXT_MAX) : value);
    default:
      return (value) => (typeof value === 'object' ? undefined : value);
  }
}

function structure(model: ServiceModel, members: { readonly [key: string]: { shape: string } }): Show {
  const named = Object.entries(members).map(([key, { shape }]) => ({ key, shown: lowerFirst(key), shape }));
  return (value, depth) => {
    const object: { [name: string]: unknown } = {};
    for (const { key, shown, shape } of named) {
      const given = (value as Record<string, unknown>)[key];
      if (given === undefined) continue;
      const member = showOf(model, shape)(given, depth + 1);
      if (member !== undefined) object[shown] = member;
    }
    return object;
  };
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
