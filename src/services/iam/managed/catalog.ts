/**
 * The policies that AWS manages and that are most used. Data only: the directory asks for their texts when one is attached.
 *
 * Deviation: ids and dates are not AWS's own, and each policy has one version.
 *
 * @see AWS Managed Policy Reference Guide
 */
import { sha256Hex } from '#kernel/base';
import { broadPolicies } from './broad.ts';
import { computePolicies } from './compute.ts';
import { dataPolicies } from './data.ts';
import { deployingPolicies } from './deploying.ts';
import { messagingPolicies } from './messaging.ts';
import { observingPolicies } from './observing.ts';
import type { Written } from './shape.ts';
import { streamingPolicies } from './streaming.ts';
import { usingPolicies } from './using.ts';

export type ManagedPolicy = {
  arn: string;
  name: string;
  path: string;
  id: string;
  description: string;
  version: number;
  document: string;
  createdAt: number;
  updatedAt: number;
};

/** The day managed policies came: 2015-02-06. Source: IAM User Guide, "Document history". */
const CREATED_AT = Date.UTC(2015, 1, 6, 18, 39);

let catalog: ReadonlyMap<string, ManagedPolicy> | undefined;

function compile(name: string, { path = '/', description, statements }: Written): ManagedPolicy {
  const arn = `arn:aws:iam::aws:policy${path}${name}`;
  const id = `ANPA${BigInt(`0x${sha256Hex(arn)}`)
    .toString(36)
    .toUpperCase()
    .slice(-17)}`;
  return {
    arn,
    name,
    path,
    id,
    description,
    version: 1,
    document: JSON.stringify({ Version: '2012-10-17', Statement: statements }, undefined, 4),
    createdAt: CREATED_AT,
    updatedAt: CREATED_AT,
  };
}

/** All of them, by ARN, in the order of their names. */
export function allManaged(): ReadonlyMap<string, ManagedPolicy> {
  if (catalog === undefined) {
    const written = {
      ...broadPolicies,
      ...computePolicies,
      ...dataPolicies,
      ...deployingPolicies,
      ...messagingPolicies,
      ...observingPolicies,
      ...streamingPolicies,
      ...usingPolicies,
    };
    const compiled = Object.entries(written).map(([name, policy]) => compile(name, policy));
    catalog = new Map(compiled.sort((a, b) => (a.name < b.name ? -1 : 1)).map((policy) => [policy.arn, policy]));
  }
  return catalog;
}

/** The managed policy of an ARN, whatever its partition. */
export function managedPolicy(arn: string): ManagedPolicy | undefined {
  return allManaged().get(arn.replace(/^arn:aws-[a-z-]+:/, 'arn:aws:'));
}

/** The text of a managed policy of AWS; what the directory asks. */
export function managedText(arn: string): string | undefined {
  return managedPolicy(arn)?.document;
}
