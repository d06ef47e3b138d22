/** What a walk has seen: values by their member's and their shape's name, so that later requests speak of what is there. */
import type { MemberModel, ServiceModel, ShapeModel } from '#kernel/wire';
import type { Random } from '../roundtrip/random.ts';

/** Of one name so many are known; a new one takes the place of an old one. */
const KNOWN_MAX = 12;
/** Of a list so many items are looked at. */
const ITEMS_MAX = 5;
const TEXT_MAX = 5_000;
const ARN = /^arn:aws[a-z-]*:([a-z0-9-]+):/;
const NAMING: ReadonlySet<string> = new Set(['string', 'integer', 'long']);

export class Pool {
  readonly #known = new Map<string, unknown[]>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Notes all that a value of a shape names. */
  note(model: ServiceModel, shapeName: string | undefined, value: unknown): void {
    const shape = model.shapes[shapeName ?? ''];
    if (shape === undefined || value === undefined || value === null) return;
    if (shape.type === 'structure') {
      for (const [member, target] of Object.entries(shape.members ?? {}))
        this.#noteMember(model, member, target, (value as Record<string, unknown>)[member]);
    } else if (shape.type === 'list' && Array.isArray(value)) {
      for (const one of value.slice(0, ITEMS_MAX)) this.note(model, shape.member?.shape, one);
    } else if (shape.type === 'map') {
      for (const one of Object.values(value).slice(0, ITEMS_MAX)) this.note(model, shape.value?.shape, one);
    }
  }

  #noteMember(model: ServiceModel, member: string, { shape }: MemberModel, value: unknown): void {
    if (value === undefined || value === null || typeof value === 'bigint') return;
    if (typeof value === 'object' && Symbol.asyncIterator in value) return;
    const target = model.shapes[shape] as ShapeModel;
    if (NAMING.has(target.type) && target.enum === undefined) {
      for (const key of [`${model.name}.${member}`, `${model.name}#${shape}`]) this.#keep(key, value);
      const service = typeof value === 'string' ? ARN.exec(value)?.[1] : undefined;
      if (service !== undefined) for (const key of ['arn', `arn:${service}`]) this.#keep(key, value);
    } else if (target.type === 'structure' || target.type === 'list') this.#keep(`${model.name}=${shape}`, value);
    this.note(model, shape, value);
  }

  #keep(key: string, value: unknown): void {
    const text = JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? `${one}` : one));
    if (text === undefined || text.length > TEXT_MAX) return;
    const known = this.#known.get(key) ?? [];
    this.#known.set(key, known);
    if (known.includes(value)) return;
    if (known.length < KNOWN_MAX) known.push(value);
    else known[this.#random.between(0, KNOWN_MAX - 1)] = value;
  }

  /** Something that a member of this name may be; undefined where nothing is known. */
  pick(model: ServiceModel, member: string, { shape }: MemberModel): unknown {
    const target = model.shapes[shape] as ShapeModel;
    if (target.type === 'list') return this.#any([`${model.name}#${target.member?.shape}`]);
    if (target.type === 'structure') return this.#any([`${model.name}=${shape}`]);
    if (!NAMING.has(target.type) || target.enum !== undefined) return undefined;
    const kin = /arn$/i.test(member)
      ? ['arn', ...SERVICES.filter(([names]) => names.test(member)).map(([, of]) => of)]
      : [];
    const found = this.#any([`${model.name}.${member}`, `${model.name}#${shape}`, ...kin]);
    return typeof found === (target.type === 'string' ? 'string' : 'number') ? found : undefined;
  }

  #any(keys: readonly string[]): unknown {
    const all = keys.map((key) => this.#known.get(key)).filter((known) => known !== undefined);
    return all.length === 0 ? undefined : this.#random.pick(this.#random.pick(all));
  }
}

/** What ARNs in members of some names are likely to name. */
const SERVICES: readonly (readonly [RegExp, string])[] = [
  [/role/i, 'arn:iam'],
  [/key/i, 'arn:kms'],
  [/topic/i, 'arn:sns'],
  [/queue/i, 'arn:sqs'],
  [/function|lambda/i, 'arn:lambda'],
  [/bucket/i, 'arn:s3'],
];
