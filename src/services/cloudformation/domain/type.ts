/** Types of resources by name: CloudFormation's own and those of services. */
import type { FindResource, ResourceSchema } from '#kernel/contract';
import type { OwnType } from '../deploy/step-scope.ts';
import { own } from '../resources.ts';
import { memberOf } from './member.ts';

/** A type; it has no schema where its properties are its user's. */
export type Found = { type: OwnType; schema: ResourceSchema | undefined };

/** Undefined for a type that does not exist here. */
export async function typeNamed(name: string, findResource: FindResource): Promise<Found | undefined> {
  const mine = memberOf(own, name.startsWith('Custom::') ? 'AWS::CloudFormation::CustomResource' : name);
  return mine === undefined ? findResource(name) : { type: mine, schema: undefined };
}
