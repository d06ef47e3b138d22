/** Instance profiles: finding one, and how replies show it. */
import { wholeSecond } from '#kernel/base';
import { type InstanceProfileRow, instanceProfiles } from '#kernel/identity';
import type { StoreView } from '#kernel/store';
import type { InstanceProfile } from '#models/iam';
import { noSuchProfile } from '../errors.ts';
import { findRole, showPlainRole } from './entities.ts';

/** @throws {ServiceError} NoSuchEntity */
export function findProfile(name: string, store: StoreView): InstanceProfileRow {
  const profile = store.get(instanceProfiles, { name });
  if (profile === undefined) throw noSuchProfile(name);
  return profile;
}

/** A profile as lists show it, without its tags. */
export function showProfile(profile: InstanceProfileRow, store: StoreView): InstanceProfile {
  return {
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: profile.arn,
    CreateDate: wholeSecond(profile.createdAt),
    Roles: profile.role === undefined ? [] : [showPlainRole(findRole(profile.role, store), store)],
  };
}
