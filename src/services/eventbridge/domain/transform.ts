/** What a target gets of an event: all of it, a part, a fixed text, or a text made of its parts. Source: EventBridge User Guide, "Input transformation". */
import type { Event, Target } from '../state.ts';

type Transformer = NonNullable<Target['InputTransformer']>;

/** The input of a target, as text. */
export function inputFor(target: Target, event: Event, ruleArn: string, now: number): string {
  const { Input: fixed, InputPath: path, InputTransformer: transformer } = target;
  if (fixed !== undefined) return fixed;
  if (path !== undefined) {
    const part = valueAt(event, path);
    return part === undefined ? '' : JSON.stringify(part);
  }
  if (transformer === undefined) return JSON.stringify(event);
  const variables = new Map<string, unknown>(
    Object.entries(transformer.InputPathsMap ?? {}).map(([name, one]) => [name, valueAt(event, one)]),
  );
  variables.set('aws.events.rule-arn', ruleArn);
  variables.set('aws.events.rule-name', ruleArn.slice(ruleArn.lastIndexOf('/') + 1));
  variables.set('aws.events.event.ingestion-time', new Date(now).toISOString());
  const { detail: _, 'detail-type': detailType, ...whole } = event;
  variables.set('aws.events.event', { ...whole, detailType });
  variables.set(WHOLE_EVENT, event);
  return fill(transformer.InputTemplate, variables);
}

/** The variable that stands for the event as it came. */
export const WHOLE_EVENT = 'aws.events.event.json';
const PREDEFINED = [
  'aws.events.rule-arn',
  'aws.events.rule-name',
  'aws.events.event.ingestion-time',
  'aws.events.event',
  WHOLE_EVENT,
];

/** The first placeholder of a transformer's template that stands for nothing. */
export function unknownPlaceholder({ InputPathsMap = {}, InputTemplate }: Transformer): string | undefined {
  const names = [...InputTemplate.matchAll(/<([A-Za-z0-9._-]+)>/g)].map(([, name = '']) => name);
  return names.find((name) => !Object.hasOwn(InputPathsMap, name) && !PREDEFINED.includes(name));
}

/** Inside of quotation marks a value is written as text, outside as JSON. Source: answers recorded from AWS. */
function fill(template: string, variables: ReadonlyMap<string, unknown>): string {
  let quoted = false;
  let out = '';
  for (let at = 0; at < template.length; at += 1) {
    const char = template[at] as string;
    const name = char === '<' ? /^<([A-Za-z0-9._-]+)>/.exec(template.slice(at, at + 300))?.[1] : undefined;
    if (name !== undefined && variables.has(name)) {
      out += shown(variables.get(name), quoted);
      at += name.length + 1;
      continue;
    }
    if (char === '\\') {
      out += char + (template[at + 1] ?? '');
      at += 1;
      continue;
    }
    if (char === '"') quoted = !quoted;
    out += char;
  }
  return out;
}

function shown(value: unknown, quoted: boolean): string {
  if (value === undefined || value === null) return quoted ? '' : value === null ? 'null' : '""';
  if (!quoted) return JSON.stringify(value);
  // Maps and lists lose their quotation marks.
  const text = typeof value === 'string' ? value : JSON.stringify(value).replaceAll('"', '');
  return JSON.stringify(text).slice(1, -1);
}

/** A path: `$`, `$.detail.items[0].name`, `$.detail['a b']`, `$.detail.items[*].name`. A wildcard gives a list. */
export function valueAt(event: unknown, path: string): unknown {
  if (!path.startsWith('$')) return undefined;
  let values = [event];
  let isMany = false;
  for (const [step, dotted, index, quoted] of path
    .slice(1)
    .matchAll(/\.([\w/-]+|\*)|\[(\d+|\*)\]|\['((?:[^'\\]|\\.)*)'\]/g)) {
    const isWild = step === '.*' || step === '[*]';
    const key = dotted ?? index ?? quoted ?? '';
    isMany ||= isWild;
    values = values.flatMap((value) => {
      if (value === null || typeof value !== 'object') return [];
      if (isWild) return Object.values(value);
      return Object.hasOwn(value, key) ? [(value as Record<string, unknown>)[key]] : [];
    });
  }
  return isMany ? values : values[0];
}
