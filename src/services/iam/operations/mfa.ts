/** Virtual MFA devices, whose codes are real. Deviation: the account's root can be given one by its account number as the user name; AWS does that in its console only. */
import { page, wholeSecond } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import { type MfaDeviceRow, mfaDevices, sessions, setByCodes, users } from '#kernel/identity';
import type { VirtualMFADevice } from '#models/iam';
import { findUser, showRoot, showUser, userNameOf } from '../domain/entities.ts';
import { pageBy, pageOf } from '../domain/page.ts';
import { qrCodePng } from '../domain/qr-code.ts';
import { mergeTags, showTags, withoutTags } from '../domain/tags.ts';
import {
  invalidCodes,
  mfaDeviceExists,
  mfaDeviceInUse,
  mfaDeviceTaken,
  mfaNeeded,
  noSuchMfaDevice,
  quotaExceeded,
} from '../errors.ts';
import { MFA_DEVICES_MAX, SEED_BYTES } from '../limits.ts';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648; the length is a multiple of five bytes, so there is no padding. */
function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? []).map((five) => BASE32[Number.parseInt(five, 2)]).join('');
}

/** @throws {ServiceError} NoSuchEntity */
function findDevice(serial: string, ctx: Ctx): MfaDeviceRow {
  const device = ctx.store.get(mfaDevices, { serial });
  if (device === undefined) throw noSuchMfaDevice(serial);
  return device;
}

/** Whose devices are meant: a user that exists, or '' for the account's root. */
function ownerOf(name: string, ctx: Ctx): string {
  return name === ctx.account ? '' : findUser(name, ctx.store).name;
}

const devicesOf = (user: string, ctx: Ctx) => ctx.store.list(mfaDevices, { index: 'byUser', where: { user } });

export const createVirtualMFADevice: Handler<'iam', 'CreateVirtualMFADevice'> = (input, ctx) => {
  const path = input.Path ?? '/';
  const name = input.VirtualMFADeviceName;
  const serial = `arn:${ctx.partition}:iam::${ctx.account}:mfa${path}${name}`;
  if (ctx.store.get(mfaDevices, { serial }) !== undefined) throw mfaDeviceExists();
  const seed = ctx.random.bytes(SEED_BYTES);
  const tags = mergeTags('mfa', {}, input.Tags);
  ctx.store.put(mfaDevices, {
    serial,
    path,
    name,
    seed: Buffer.from(seed).toString('base64'),
    createdAt: ctx.now,
    tags,
  });
  const text = base32(seed);
  const label = encodeURIComponent(`Amazon Web Services:${name}@${ctx.account}`);
  return {
    VirtualMFADevice: {
      SerialNumber: serial,
      Base32StringSeed: Buffer.from(text),
      QRCodePNG: qrCodePng(`otpauth://totp/${label}?secret=${text}&issuer=Amazon%20Web%20Services`),
      ...(input.Tags !== undefined && { Tags: showTags(tags) }),
    },
  };
};

type Codes = { AuthenticationCode1: string; AuthenticationCode2: string };

/** The device as two of its codes set it. @throws {ServiceError} InvalidAuthenticationCode */
function setBy(codes: Codes, device: MfaDeviceRow, ctx: Ctx): MfaDeviceRow {
  const change = setByCodes(device, codes.AuthenticationCode1, codes.AuthenticationCode2, ctx.now);
  if (change === undefined) throw invalidCodes();
  return { ...device, ...change };
}

/**
 * Users who have a device add and remove their own with MFA only, whatever their policies say.
 *
 * @throws {ServiceError} AccessDenied. Source: AWS's security bulletin AWS-2023-001; radkawar/stackd, measured in 2026
 */
function refuseWithoutMfa(user: string, ctx: Ctx): void {
  const { principal, accessKeyId } = ctx.caller;
  if (principal.kind !== 'user' || principal.name !== user || devicesOf(user, ctx).length === 0) return;
  const session = accessKeyId === undefined ? undefined : ctx.store.get(sessions, { id: accessKeyId });
  if (session?.mfaAt === undefined) throw mfaNeeded();
}

export const enableMFADevice: Handler<'iam', 'EnableMFADevice'> = (input, ctx) => {
  const user = ownerOf(input.UserName, ctx);
  refuseWithoutMfa(user, ctx);
  const device = findDevice(input.SerialNumber, ctx);
  if (device.user !== undefined) throw mfaDeviceTaken();
  if (devicesOf(user, ctx).length >= MFA_DEVICES_MAX) throw quotaExceeded('MFADevicesPerUser', MFA_DEVICES_MAX);
  ctx.store.put(mfaDevices, { ...setBy(input, device, ctx), user, enabledAt: ctx.now });
  return {};
};

/** The user that is named, or who calls. @throws {ServiceError} NoSuchEntity */
const meant = (userName: string | undefined, ctx: Ctx) =>
  userName === undefined ? (userNameOf({}, ctx) ?? '') : ownerOf(userName, ctx);

/** A device of the user. @throws {ServiceError} NoSuchEntity */
function ownDevice(userName: string | undefined, serial: string, ctx: Ctx): MfaDeviceRow {
  const user = meant(userName, ctx);
  const device = findDevice(serial, ctx);
  if (device.user !== user) throw noSuchMfaDevice(serial);
  return device;
}

export const resyncMFADevice: Handler<'iam', 'ResyncMFADevice'> = (input, ctx) => {
  const device = ownDevice(input.UserName, input.SerialNumber, ctx);
  ctx.store.put(mfaDevices, setBy(input, device, ctx));
  return {};
};

export const deactivateMFADevice: Handler<'iam', 'DeactivateMFADevice'> = (input, ctx) => {
  refuseWithoutMfa(meant(input.UserName, ctx), ctx);
  const { user: _, enabledAt: __, ...rest } = ownDevice(input.UserName, input.SerialNumber, ctx);
  ctx.store.put(mfaDevices, rest);
  return {};
};

export const deleteVirtualMFADevice: Handler<'iam', 'DeleteVirtualMFADevice'> = (input, ctx) => {
  const device = findDevice(input.SerialNumber, ctx);
  if (device.user !== undefined) throw mfaDeviceInUse();
  ctx.store.delete(mfaDevices, device);
  return {};
};

export const getMFADevice: Handler<'iam', 'GetMFADevice'> = (input, ctx) => {
  const { serial, user, enabledAt } =
    input.UserName === undefined
      ? findDevice(input.SerialNumber, ctx)
      : ownDevice(input.UserName, input.SerialNumber, ctx);
  return {
    SerialNumber: serial,
    ...(user !== undefined && user !== '' && { UserName: user }),
    ...(enabledAt !== undefined && { EnableDate: wholeSecond(enabledAt) }),
  };
};

export const listMFADevices: Handler<'iam', 'ListMFADevices'> = (input, ctx) => {
  const name = userNameOf(input, ctx);
  const { items, end } = pageOf(input, devicesOf(name === undefined ? '' : ownerOf(name, ctx), ctx));
  return {
    MFADevices: items.map(({ serial, user = '', enabledAt = 0 }) => ({
      UserName: user === '' ? ctx.account : user,
      SerialNumber: serial,
      EnableDate: wholeSecond(enabledAt),
    })),
    ...end,
  };
};

export const listVirtualMFADevices: Handler<'iam', 'ListVirtualMFADevices'> = (input, ctx) => {
  const { AssignmentStatus: status = 'Any' } = input;
  const wanted = ({ user }: MfaDeviceRow) => status === 'Any' || (user !== undefined) === (status === 'Assigned');
  const { items, end } = pageBy(
    input,
    ([serial] = [], limit) =>
      page(
        (last, count) => {
          const after = last?.serial ?? serial;
          return ctx.store.list(mfaDevices, { ...(after !== undefined && { after: { serial: after } }), limit: count });
        },
        limit,
        wanted,
      ).rows,
    ({ serial }) => [serial],
  );
  return { VirtualMFADevices: items.map((device) => show(device, ctx)), ...end };
};

function show({ serial, user, enabledAt }: MfaDeviceRow, ctx: Ctx): VirtualMFADevice {
  const owner = user === undefined || user === '' ? undefined : ctx.store.get(users, { name: user });
  const shown = user === '' ? showRoot(ctx) : owner && showUser(owner, false);
  return {
    SerialNumber: serial,
    ...(shown !== undefined && { User: shown }),
    ...(enabledAt !== undefined && { EnableDate: wholeSecond(enabledAt) }),
  };
}

export const tagMFADevice: Handler<'iam', 'TagMFADevice'> = (input, ctx) => {
  const device = findDevice(input.SerialNumber, ctx);
  ctx.store.put(mfaDevices, { ...device, tags: mergeTags('mfa', device.tags, input.Tags) });
  return {};
};

export const untagMFADevice: Handler<'iam', 'UntagMFADevice'> = (input, ctx) => {
  const device = findDevice(input.SerialNumber, ctx);
  ctx.store.put(mfaDevices, { ...device, tags: withoutTags('mfa', device.tags, input.TagKeys) });
  return {};
};

export const listMFADeviceTags: Handler<'iam', 'ListMFADeviceTags'> = (input, ctx) => {
  const { items, end } = pageOf(input, showTags(findDevice(input.SerialNumber, ctx).tags));
  return { Tags: items, ...end };
};
