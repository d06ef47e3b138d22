/** What SAM itself works out of CloudFormation's functions: parameters' values, and references to what it makes. */
import type { Json, JsonObject } from '../../domain/parse.ts';
import { dataLimit } from '../../errors.ts';
import { MADE_MAX } from '../../limits.ts';
import { documentFault } from './faults.ts';
import { shown } from './python.ts';
import { isMap, type Maybe, memberOf } from './values.ts';

const SUBSTITUTION = /\$\{([A-Za-z0-9.]+|AWS::[A-Z][A-Za-z]*)\}/g;

type Replace = { ref(name: string): Maybe; sub(name: string): Maybe; getAtt?(parts: string[]): string[] };

/** Replaces within the value itself; what it stands for as a whole is given back. */
function replaced(value: Maybe, replace: Replace): Maybe {
  const only = isMap(value) && Object.keys(value).length === 1 ? Object.keys(value)[0] : undefined;
  let result = value;
  if (isMap(value) && only === 'Ref' && typeof value.Ref === 'string') result = replace.ref(value.Ref) ?? value;
  else if (isMap(value) && only === 'Fn::Sub') {
    const argument = value['Fn::Sub'];
    if (typeof argument === 'string') value['Fn::Sub'] = substituted(argument, replace);
    else if (Array.isArray(argument) && typeof argument[0] === 'string')
      argument[0] = substituted(argument[0], replace);
  } else if (isMap(value) && only === 'Fn::GetAtt' && replace.getAtt !== undefined) {
    const parts = value['Fn::GetAtt'];
    if (Array.isArray(parts) && parts.length > 1 && parts.every((part) => typeof part === 'string'))
      value['Fn::GetAtt'] = replace.getAtt(parts.flatMap((part) => String(part).split('.')));
  }
  if (Array.isArray(result))
    for (const [index, item] of result.entries()) result[index] = replaced(item, replace) ?? null;
  else if (isMap(result))
    for (const [name, member] of Object.entries(result)) result[name] = replaced(member, replace) ?? null;
  return result;
}

function substituted(text: string, { sub }: Replace): string {
  return text.replace(SUBSTITUTION, (whole, name: string) => {
    const value = sub(name);
    if (value === undefined) return whole;
    if (typeof value !== 'string')
      throw documentFault(
        `Invalid Fn::Sub variable value ${shown(value)}. Fn::Sub expects all variables to be strings.`,
      );
    return value;
  });
}

export type Parameters = ReadonlyMap<string, Json>;

/** Characters that parameters have made, of each translation. */
const made = new WeakMap<Parameters, number>();

/**
 * Parameters and the Region take the place of references to them, within the value itself.
 *
 * @throws {ServiceError} ValidationError where that would be far more than the template
 */
export function resolved(value: Maybe, parameters: Parameters): Maybe {
  const known = (name: string) => {
    const found = parameters.get(name);
    if (found === undefined) return undefined;
    const total = (made.get(parameters) ?? 0) + (typeof found === 'string' ? found : JSON.stringify(found)).length;
    made.set(parameters, total);
    if (total > MADE_MAX) throw dataLimit();
    return structuredClone(found);
  };
  return replaced(value, { ref: known, sub: known });
}

/** Fn::FindInMap, where all that it asks for is plain. */
export function mappedValue(value: Maybe, mappings: JsonObject): Maybe {
  const path = isMap(value) && Object.keys(value).length === 1 ? value['Fn::FindInMap'] : undefined;
  if (!Array.isArray(path) || path.length !== 3 || !path.every((key) => typeof key === 'string')) return value;
  let found: Maybe = mappings;
  for (const key of path) found = memberOf(found, String(key));
  return found ?? value;
}

/** By what names a template may refer to what SAM made of a resource: `Function.Version`. */
export type Referable = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** References to resources that have another name now, and to parts of them. */
export function referring(template: Json, renamed: ReadonlyMap<string, string>, referable: Referable): void {
  if (renamed.size > 0) {
    const first = (name: string) => name.split('.')[0] ?? '';
    replaced(template, {
      ref: (name) => (name.includes('.') || !renamed.has(name) ? undefined : { Ref: renamed.get(name) ?? name }),
      sub: (name) => {
        const other = renamed.get(first(name));
        return other === undefined ? undefined : `\${${other}${name.slice(first(name).length)}}`;
      },
      getAtt: ([id = '', ...rest]) => [renamed.get(id) ?? id, ...(renamed.has(id) ? rest : [rest.join('.')])],
    });
  }
  const part = (id: string, name: string | undefined) => referable.get(id)?.get(name ?? '');
  replaced(template, {
    ref: (name) => {
      const dot = name.indexOf('.');
      const found = dot === -1 ? undefined : part(name.slice(0, dot), name.slice(dot + 1));
      return found === undefined ? undefined : { Ref: found };
    },
    sub: (name) => {
      const [id = '', property, ...rest] = name.split('.');
      const found = part(id, property);
      return found === undefined ? undefined : `\${${[found, ...rest].join('.')}}`;
    },
    getAtt: ([id = '', property, ...rest]) => {
      const found = part(id, property);
      return found === undefined ? [id, [property, ...rest].join('.')] : [found, ...rest];
    },
  });
}
