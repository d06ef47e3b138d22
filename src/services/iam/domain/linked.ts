/** Service-linked roles: an AWS service's own, which only it changes. */
import type { RoleRow } from '#kernel/identity';
import { unmodifiable } from '../errors.ts';
import type { Holder } from './entities.ts';

const LINKED_PATH = '/aws-service-role/';

/** Whether a role belongs to an AWS service. */
export function isServiceLinked(role: RoleRow): boolean {
  return role.path.startsWith(LINKED_PATH);
}

/** The path of a service's own roles. */
export function linkedPath(service: string): string {
  return `${LINKED_PATH}${service}/`;
}

/** @throws {ServiceError} UnmodifiableEntity */
export function refuseServiceLinked(holder: Holder): void {
  if (holder.kind === 'role' && isServiceLinked(holder.row)) throw unmodifiable(holder.row.name);
}
