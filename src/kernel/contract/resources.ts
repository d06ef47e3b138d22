/** CloudFormation's resources: what AWS publishes of a type, and how a service makes, changes and removes one. */
import type { Millis } from '#kernel/base';
import type { Aws } from './aws.ts';
import { ServiceError } from './errors.ts';

/** The type of a value: `ref` names one of the schema's own types, or `Tag`; `enum` are texts or whole numbers. */
export type ResourceValue =
  | 'string'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'json'
  | { enum: (string | number)[] }
  | { list: ResourceValue }
  | { map: ResourceValue }
  | { ref: string }
  | { anyOf: ResourceValue[] };

/** `replaces`: another value needs another resource. */
export type ResourceProperty = { type: ResourceValue; required?: true; replaces?: true };

/** A type as AWS publishes it (models/resources). */
export type ResourceSchema = {
  /** Properties or attributes that together are its name. */
  identifier?: string[];
  /** What Fn::GetAtt gives. */
  attributes: string[];
  /** The property that holds its tags. */
  tags?: string;
  properties: { [name: string]: ResourceProperty };
  types: { [name: string]: { [name: string]: ResourceProperty } };
};

/** Properties of a resource, after intrinsic functions. Numbers and booleans may be given as texts, as templates do. */
export type Properties = { readonly [name: string]: unknown };

/** A resource that was made: what Ref gives, and what Fn::GetAtt gives. */
export type Made = { id: string; attributes: { [name: string]: unknown } };

/** What a resource is made with. */
export type ResourceScope = {
  /** Calls as who deploys: the stack's role, or its caller. */
  readonly aws: Aws;
  /** The same, in another Region. */
  awsIn(region: string): Aws;
  readonly account: string;
  readonly region: string;
  readonly partition: string;
  readonly stackId: string;
  readonly stackName: string;
  readonly logicalId: string;
  /** The stack's tags, to be added to the resource's own. */
  readonly tags: { readonly [key: string]: string };
  /** What they were before this operation. */
  readonly tagsBefore: { readonly [key: string]: string };
  /** This step was begun before, and the cloud stopped in its middle: it may have been done. */
  readonly again: boolean;
  /** Says that the thing is there, by its physical id, though more is to be done: should that fail, it is removed. */
  begun(id: string): void;
  /**
   * `<stack>-<logical id>-<12 characters>`, the same each time it is asked for in one step.
   *
   * @param isShort of types whose handlers leave the stack's name out
   */
  name(lengthMax: number, isShort?: boolean): string;
  /**
   * Ends this attempt: what has been begun is not done yet, and the step is taken up again (`again`) in so many milliseconds at the latest.
   * Without a number only when somebody says so (CloudFormation's own types).
   */
  later(millis?: Millis): never;
};

/** How a service makes one type of resource. Each throws the ServiceError that the service gave. */
export type ResourceType = {
  create(properties: Properties, scope: ResourceScope): Promise<Made>;
  /** Changes it where it is. Without it, any change needs another resource. */
  update?(id: string, properties: Properties, before: Properties, scope: ResourceScope): Promise<Made>;
  /** Succeeds where it is gone already. */
  delete(id: string, properties: Properties, scope: ResourceScope): Promise<void>;
  /** Its properties as they are now, in the form of the template; undefined where it is gone. For drift detection and imports. */
  read?(id: string, properties: Properties, scope: ResourceScope): Promise<Properties | undefined>;
  /** Codes of errors that a step is tried again for, as AWS's own handler does: what it needs may be on its way, though nothing in the template says so. */
  passing?: readonly string[];
  /** Whether a change of a property needs another resource, where AWS's schema leaves it open or is wrong. */
  replaces?(properties: Properties, before: Properties): boolean;
};

/** A service's types by name: `AWS::SQS::Queue`. */
export type ResourceTypes = { readonly [type: string]: ResourceType };

/** Finds a type; `undefined` for one that does not exist here. */
export type FindResource = {
  (type: string): Promise<{ type: ResourceType; schema: ResourceSchema } | undefined>;
  /** The names of all that exist here. */
  names(): Promise<string[]>;
};

/** A property as the text that most APIs take it as; objects as JSON. */
export function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A resource's tags with its stack's, by key; of the two the resource's own win. */
export function tagsOf({ Tags }: Properties, scope: Pick<ResourceScope, 'tags'>): Record<string, string> {
  const own = Array.isArray(Tags)
    ? (Tags as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value])
    : Object.entries((Tags ?? {}) as Record<string, string>);
  return { ...scope.tags, ...Object.fromEntries(own) };
}

/**
 * The same as a list, as most APIs take it, for services that keep `aws:` for AWS.
 *
 * Deviation: `aws:cloudformation:…` is not seen on their resources.
 */
export function tagListOf(properties: Properties, scope: ResourceScope): { Key: string; Value: string }[] {
  return Object.entries(tagsOf(properties, scope)).flatMap(([Key, Value]) =>
    Key.startsWith('aws:') && scope.tags[Key] === Value ? [] : [{ Key, Value }],
  );
}

/** Keys of tags that a resource has no more. */
export function tagsGone(properties: Properties, before: Properties, scope: ResourceScope): string[] {
  const left = tagsOf(properties, scope);
  return Object.keys(tagsOf(before, { tags: scope.tagsBefore })).filter((key) => !(key in left));
}

/** Takes an error that says that something isn't there for success: what should be gone is gone. */
export async function isGone(code: string | readonly string[], deletion: Promise<unknown>): Promise<void> {
  try {
    await deletion;
  } catch (error) {
    if (!(error instanceof ServiceError && [code].flat().includes(error.code))) throw error;
  }
}

/** Undefined where the error says that it isn't there. */
export async function ifThere<T>(code: string | readonly string[], reading: Promise<T>): Promise<T | undefined> {
  let found: T | undefined;
  await isGone(
    code,
    reading.then((value) => {
      found = value;
    }),
  );
  return found;
}

/**
 * Looks whether a thing of the name that a template gives is there already: such a thing is nobody's to take, whatever
 * its service says to being asked for it again.
 *
 * @param name  undefined where the template gives none: one that is made up is new
 * @param found what there is of that name
 * @throws {ServiceError} AlreadyExists
 */
export async function refuseTaken(
  name: unknown,
  message: string,
  scope: ResourceScope,
  found: () => Promise<unknown>,
): Promise<void> {
  // In a step that is taken up again it may be ours.
  if (name === undefined || scope.again) return;
  if ((await found()) !== undefined) throw new ServiceError('AlreadyExists', message);
}

/**
 * A type whose operation takes what is there as well as what is not: only what is not is made.
 *
 * @param gone what is said of one that is to be changed and isn't there any more: it is not made anew
 */
export const onlyNew = (
  type: ResourceType & { read: NonNullable<ResourceType['read']> },
  idOf: (properties: Properties) => string | undefined,
  message: (properties: Properties) => string,
  gone?: (id: string, properties: Properties) => string,
): ResourceType => {
  const { update } = type;
  return {
    ...type,
    async create(properties, scope) {
      const id = idOf(properties);
      await refuseTaken(id, message(properties), scope, async () => type.read(id ?? '', properties, scope));
      return type.create(properties, scope);
    },
    ...(update !== undefined &&
      gone !== undefined && {
        async update(id, properties, before, scope) {
          if ((await type.read(id, properties, scope)) === undefined)
            throw new ServiceError('NotFound', gone(id, properties));
          return update(id, properties, before, scope);
        },
      }),
  };
};

/** What AWS's handlers say of a thing that is there. */
export function alreadyExists(type: string, identifier: { readonly [path: string]: unknown }): string {
  return `Resource of type '${type}' with identifier '${JSON.stringify(identifier)}' already exists.`;
}

/**
 * Makes a thing that bears the caller's name: in a step that is taken up again it may be there already.
 *
 * @param code the service's error where it is there
 * @param message what is said then instead of the service's words
 */
export async function madeOnce(
  code: string,
  scope: ResourceScope,
  creation: Promise<unknown>,
  message?: string,
): Promise<void> {
  if (scope.again) return isGone(code, creation);
  if (message === undefined) await creation;
  else if (
    (await ifThere(
      code,
      creation.then(() => true),
    )) === undefined
  )
    throw new ServiceError('AlreadyExists', message);
}

/** @throws {ServiceError} for properties that have no effect here */
export function refuseProperties(properties: Properties, names: readonly string[]): void {
  const found = names.filter((name) => properties[name] !== undefined);
  if (found.length > 0)
    throw new ServiceError('NotImplemented', `Cloudyard has not built these properties: ${found.join(', ')}`, {
      status: 501,
    });
}
