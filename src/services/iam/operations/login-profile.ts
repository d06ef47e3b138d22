/** Passwords of users. They are kept as scrypt hashes; nothing here signs in to a console, ChangePassword checks them. */
import { wholeSecond } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import type { LoginProfile } from '#models/iam';
import { findUser, userNameOf } from '../domain/entities.ts';
import {
  checkPassword,
  FORMER_MAX,
  type Hashed,
  hashPassword,
  isPassword,
  SALT_BYTES,
  settingsOf,
} from '../domain/passwords.ts';
import {
  loginProfileExists,
  mustNameUser,
  noSuchLoginProfile,
  onlyForUsers,
  passwordMissing,
  passwordReused,
  wrongPassword,
} from '../errors.ts';
import { type LoginProfileRow, loginProfiles } from '../state.ts';

/** @throws {ServiceError} NoSuchEntity, ValidationError */
function ownerOf(input: { UserName?: string }, ctx: Ctx): string {
  const name = userNameOf(input, ctx);
  if (name === undefined) throw mustNameUser();
  return findUser(name, ctx.store).name;
}

/** @throws {ServiceError} NoSuchEntity */
function findProfile(user: string, ctx: Ctx): LoginProfileRow {
  const profile = ctx.store.get(loginProfiles, { user });
  if (profile === undefined) throw noSuchLoginProfile(user);
  return profile;
}

function show(profile: LoginProfileRow): LoginProfile {
  return {
    UserName: profile.user,
    CreateDate: wholeSecond(profile.createdAt),
    PasswordResetRequired: profile.resetRequired,
  };
}

const saltOf = (ctx: Ctx) => Uint8Array.from(ctx.random.bytes(SALT_BYTES));

export const createLoginProfile: Handler<'iam', 'CreateLoginProfile'> = async (input, ctx) => {
  const user = ownerOf(input, ctx);
  if (ctx.store.get(loginProfiles, { user }) !== undefined) throw loginProfileExists(user);
  if (input.Password === undefined) throw passwordMissing();
  checkPassword(input.Password, settingsOf(ctx.store).passwordPolicy);
  const hashed = await hashPassword(input.Password, saltOf(ctx));
  const profile: LoginProfileRow = {
    user,
    ...hashed,
    former: [],
    createdAt: ctx.now,
    setAt: ctx.now,
    resetRequired: input.PasswordResetRequired ?? false,
  };
  ctx.transact((store) => {
    if (store.get(loginProfiles, { user }) !== undefined) throw loginProfileExists(user);
    findUser(user, store);
    store.put(loginProfiles, profile);
  });
  return { LoginProfile: show(profile) };
};

export const getLoginProfile: Handler<'iam', 'GetLoginProfile'> = (input, ctx) => ({
  LoginProfile: show(findProfile(ownerOf(input, ctx), ctx)),
});

export const updateLoginProfile: Handler<'iam', 'UpdateLoginProfile'> = async (input, ctx) => {
  const user = ownerOf(input, ctx);
  const before = findProfile(user, ctx);
  const set = input.Password === undefined ? undefined : await setPassword(before, input.Password, ctx);
  ctx.transact((store) => {
    const profile = findProfile(user, ctx);
    store.put(loginProfiles, {
      ...profile,
      ...set,
      resetRequired: input.PasswordResetRequired ?? profile.resetRequired,
    });
  });
  return {};
};

export const deleteLoginProfile: Handler<'iam', 'DeleteLoginProfile'> = (input, ctx) => {
  ctx.store.delete(loginProfiles, findProfile(ownerOf(input, ctx), ctx));
  return {};
};

export const changePassword: Handler<'iam', 'ChangePassword'> = async (input, ctx) => {
  const { principal } = ctx.caller;
  if (principal.kind !== 'user') throw onlyForUsers();
  const before = findProfile(principal.name, ctx);
  if (!(await isPassword(input.OldPassword, before))) throw wrongPassword();
  const set = await setPassword(before, input.NewPassword, ctx);
  ctx.transact((store) =>
    store.put(loginProfiles, { ...findProfile(principal.name, ctx), ...set, resetRequired: false }),
  );
  return {};
};

/** The fields of a new password. @throws {ServiceError} PasswordPolicyViolation */
async function setPassword(
  before: LoginProfileRow,
  password: string,
  ctx: Ctx,
): Promise<Hashed & Pick<LoginProfileRow, 'former' | 'setAt'>> {
  const policy = settingsOf(ctx.store).passwordPolicy;
  checkPassword(password, policy);
  const former = [{ hash: before.hash, salt: before.salt }, ...before.former];
  for (const old of former.slice(0, policy?.reusePrevention ?? 0))
    if (await isPassword(password, old)) throw passwordReused();
  return { ...(await hashPassword(password, saltOf(ctx))), former: former.slice(0, FORMER_MAX), setAt: ctx.now };
}
