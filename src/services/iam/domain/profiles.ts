/** Instance profiles: finding one, and how replies show it. */
import { type InstanceProfileRow, instanceProfiles } from '#kernel/identity';
import type { StoreView } from '#kernel/store';
import type { InstanceProfile } from '#models/iam';
import { noSuchProfile } from '../errors.ts';
import { findRole, showRole } from './entities.ts';
import { shownAt } from './names.ts';
import { showTags } from './tags.ts';

/** @throws {ServiceError} NoSuchEntity */
export function findProfile(name: string, store: StoreView): InstanceProfileRow {
  const profile = store.get(instanceProfiles, { name });
  if (profile === undefined) throw noSuchProfile(name);
  return profile;
}

/** A profile as lists show it; alone with its tags too. */
export function showProfile(profile: InstanceProfileRow, store: StoreView, whole: boolean): InstanceProfile {
  return {
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: profile.arn,
    CreateDate: shownAt(profile.createdAt),
    Roles: profile.role === undefined ? [] : [showRole(findRole(profile.role, store), false, store)],
    ...(whole && Object.keys(profile.tags).length > 0 && { Tags: showTags(profile.tags) }),
  };
}
