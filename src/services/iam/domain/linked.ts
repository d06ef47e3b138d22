/** Service-linked roles: an AWS service's own, which only it changes. */
import type { RoleRow } from '#kernel/identity';
import { unmodifiable } from '../errors.ts';
import type { Holder } from './entities.ts';

const LINKED_PATH = '/aws-service-role/';

export function isServiceLinked(role: RoleRow): boolean {
  return role.path.startsWith(LINKED_PATH);
}

export function linkedPath(service: string): string {
  return `${LINKED_PATH}${service}/`;
}

/** @throws {ServiceError} UnmodifiableEntity */
export function refuseServiceLinked(holder: Holder): void {
  if (holder.kind === 'role' && isServiceLinked(holder.row)) throw unmodifiable(holder.row.name);
}
