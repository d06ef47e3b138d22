/** The policies that AWS manages: a file with a line for each, read when one is first asked for, of which only what is asked for is parsed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Millis } from '#kernel/base';

/** A policy of AWS, in its default version; its document is read when it is looked at. */
export type AwsPolicy = {
  arn: string;
  name: string;
  path: string;
  /** `v5`. */
  version: string;
  readonly document: string;
  createdAt: Millis;
  updatedAt: Millis;
};

type Head = Pick<AwsPolicy, 'path' | 'version' | 'createdAt' | 'updatedAt'>;

/** The last member of a line. */
const DOCUMENT = ',"document":';

const FILE = join(import.meta.dirname, '../../../models/managed-policies.json');
const ARN = /^arn:aws[a-z-]*:iam::aws:policy(\/(?:[^/]+\/)*)([^/]+)$/;

let lines: ReadonlyMap<string, string> | undefined;

/** By the names of the policies, in their order: `"Name":{…}` without the name. */
function read(): ReadonlyMap<string, string> {
  if (lines === undefined) {
    const text = readFileSync(FILE, 'utf8').trimEnd().split('\n').slice(1, -1);
    lines = new Map(
      text.map((line): [string, string] => {
        const colon = line.indexOf('":');
        return [line.slice(1, colon), line.slice(colon + 2, line.endsWith(',') ? -1 : undefined)];
      }),
    );
  }
  return lines;
}

/** The names of all, in their order. */
export function awsPolicyNames(): Iterable<string> {
  return read().keys();
}

/** The policy of AWS that has a name; its path is part of its ARN only. */
export function awsPolicyNamed(name: string): AwsPolicy | undefined {
  const line = read().get(name);
  if (line === undefined) return undefined;
  const end = line.indexOf(DOCUMENT);
  const head = JSON.parse(`${line.slice(0, end)}}`) as Head;
  return {
    ...head,
    name,
    arn: `arn:aws:iam::aws:policy${head.path}${name}`,
    get document() {
      return JSON.stringify(JSON.parse(line.slice(end + DOCUMENT.length, -1)), undefined, 4);
    },
  };
}

/** The policy of AWS that an ARN names, whatever its partition. */
export function awsPolicy(arn: string): AwsPolicy | undefined {
  const [, path, name] = ARN.exec(arn) ?? [];
  const policy = name === undefined ? undefined : awsPolicyNamed(name);
  return policy?.path === path ? policy : undefined;
}
