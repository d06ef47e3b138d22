/** SSH public keys of users. */

import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { wholeSecond } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import { findUser, userNameOf } from '../domain/entities.ts';
import { newCredentialId } from '../domain/names.ts';
import { pageOf } from '../domain/page.ts';
import {
  duplicateSshKey,
  invalidPublicKey,
  noSuchSshKey,
  quotaExceeded,
  statusNotForKeys,
  unknownEncoding,
} from '../errors.ts';
import { SSH_KEY_BITS_MIN, SSH_KEYS_MAX } from '../limits.ts';
import { type SshKeyRow, sshKeys } from '../state.ts';

const keysOf = (user: string, ctx: Ctx) => ctx.store.list(sshKeys, { where: { user } });

/** @throws {ServiceError} NoSuchEntity */
function findKey(input: { UserName: string; SSHPublicKeyId: string }, ctx: Ctx): SshKeyRow {
  const { name: user } = findUser(input.UserName, ctx.store);
  const key = ctx.store.get(sshKeys, { user, id: input.SSHPublicKeyId });
  if (key === undefined) throw noSuchSshKey(input.SSHPublicKeyId);
  return key;
}

/** The body of an `ssh-rsa` line: length-prefixed name, exponent and modulus. Source: RFC 4253, 6.6. */
function wireForm(key: KeyObject): Buffer {
  const { e = '', n = '' } = key.export({ format: 'jwk' });
  const fields = [
    Buffer.from('ssh-rsa'),
    ...[e, n].map((text) => {
      const bytes = Buffer.from(text, 'base64url');
      return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes;
    }),
  ];
  return Buffer.concat(
    fields.flatMap((field) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(field.length);
      return [length, field];
    }),
  );
}

/** Reads an `ssh-rsa` line or a PEM of an RSA key. @throws {ServiceError} InvalidPublicKey */
function readKey(text: string): KeyObject {
  try {
    const line = /^ssh-rsa\s+([A-Za-z0-9+/=]+)/.exec(text.trim());
    const key = line === null ? createPublicKey(text) : keyOfWire(Buffer.from(line[1] ?? '', 'base64'));
    const { modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
    if (key.asymmetricKeyType === 'rsa' && modulusLength >= SSH_KEY_BITS_MIN) return key;
  } catch {
    // Said below.
  }
  throw invalidPublicKey();
}

function keyOfWire(bytes: Buffer): KeyObject {
  const fields: Buffer[] = [];
  for (let at = 0; at < bytes.length && fields.length < 3; ) {
    const end = at + 4 + bytes.readUInt32BE(at);
    fields.push(bytes.subarray(at + 4, end));
    at = end;
  }
  const [name, e, n] = fields;
  if (String(name) !== 'ssh-rsa' || e === undefined || n === undefined) throw invalidPublicKey();
  const number = (field: Buffer) => (field[0] === 0 ? field.subarray(1) : field).toString('base64url');
  return createPublicKey({ key: { kty: 'RSA', e: number(e), n: number(n) }, format: 'jwk' });
}

/** Source: IAM API Reference, SSHPublicKey, Fingerprint: an MD5, its bytes parted by colons. */
function fingerprint(key: KeyObject): string {
  const hash = createHash('md5')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex');
  return (hash.match(/../g) ?? []).join(':');
}

const shown = (row: SshKeyRow) => ({
  UserName: row.user,
  SSHPublicKeyId: row.id,
  Status: row.status,
  UploadDate: wholeSecond(row.uploadedAt),
});

export const uploadSSHPublicKey: Handler<'iam', 'UploadSSHPublicKey'> = (input, ctx) => {
  const { name: user } = findUser(input.UserName, ctx.store);
  const key = readKey(input.SSHPublicKeyBody);
  const own = keysOf(user, ctx);
  const print = fingerprint(key);
  if (own.some((row) => row.fingerprint === print)) throw duplicateSshKey();
  if (own.length >= SSH_KEYS_MAX) throw quotaExceeded('SSHPublicKeysPerUser', SSH_KEYS_MAX);
  const row: SshKeyRow = {
    user,
    id: newCredentialId(ctx, 'APKA'),
    body: input.SSHPublicKeyBody,
    fingerprint: print,
    status: 'Active',
    uploadedAt: ctx.now,
  };
  ctx.store.put(sshKeys, row);
  return { SSHPublicKey: { ...shown(row), Fingerprint: print, SSHPublicKeyBody: row.body } };
};

export const getSSHPublicKey: Handler<'iam', 'GetSSHPublicKey'> = (input, ctx) => {
  const row = findKey(input, ctx);
  if (input.Encoding !== 'SSH' && input.Encoding !== 'PEM') throw unknownEncoding(input.Encoding);
  const key = readKey(row.body);
  const body =
    input.Encoding === 'SSH'
      ? `ssh-rsa ${wireForm(key).toString('base64')}`
      : String(key.export({ type: 'spki', format: 'pem' }));
  return { SSHPublicKey: { ...shown(row), Fingerprint: row.fingerprint, SSHPublicKeyBody: body } };
};

export const listSSHPublicKeys: Handler<'iam', 'ListSSHPublicKeys'> = (input, ctx) => {
  const name = userNameOf(input, ctx);
  const all = name === undefined ? [] : keysOf(findUser(name, ctx.store).name, ctx);
  const { items, end } = pageOf(input, all);
  return { SSHPublicKeys: items.map(shown), ...end };
};

export const updateSSHPublicKey: Handler<'iam', 'UpdateSSHPublicKey'> = (input, ctx) => {
  if (input.Status === 'Expired') throw statusNotForKeys();
  ctx.store.put(sshKeys, { ...findKey(input, ctx), status: input.Status });
  return {};
};

export const deleteSSHPublicKey: Handler<'iam', 'DeleteSSHPublicKey'> = (input, ctx) => {
  ctx.store.delete(sshKeys, findKey(input, ctx));
  return {};
};
