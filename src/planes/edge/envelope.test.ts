/** What is encrypted can be decrypted by who has the key, as the AWS Encryption SDK describes it. */
import assert from 'node:assert/strict';
import { constants, createDecipheriv, generateKeyPairSync, hkdfSync, privateDecrypt, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { envelope, VALUE_BYTES_MAX } from './envelope.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();

/** Reads a message as the format's reference has it; the fields by their order. */
function open(message: Buffer): { provider: string; keyName: string; text: Buffer } {
  let at = 0;
  const take = (bytes: number) => message.subarray(at, (at += bytes));
  const short = () => take(2).readUInt16BE();
  const long = () => take(4).readUInt32BE();
  assert.deepEqual([...take(2)], [1, 0x80]);
  const algorithm = take(2);
  assert.equal(algorithm.toString('hex'), '0178');
  const id = take(16);
  assert.deepEqual([short(), short()], [0, 1]);
  const [provider, keyName, wrapped] = [take(short()).toString(), take(short()).toString(), take(short())];
  assert.deepEqual([take(1)[0], long(), take(1)[0]], [2, 0, 12]);
  const frame = long();
  const header = message.subarray(0, at);
  const padding = { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
  const secret = privateDecrypt(padding, wrapped);
  const key = new Uint8Array(hkdfSync('sha256', secret, '', Buffer.concat([algorithm, id]), 32));
  const decrypt = (iv: Buffer, tag: Buffer, aad: Buffer, text: Buffer) => {
    const decipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(aad).setAuthTag(tag);
    return Buffer.concat([decipher.update(text), decipher.final()]);
  };
  decrypt(take(12), take(16), header, Buffer.alloc(0));
  assert.equal(long(), 0xffffffff);
  const sequence = take(4);
  const iv = take(12);
  const length = take(4);
  assert.ok(length.readUInt32BE() <= frame);
  const aad = Buffer.concat([id, Buffer.from('AWSKMSEncryptionClient Final Frame'), sequence, Buffer.alloc(4), length]);
  const text = take(length.readUInt32BE());
  const opened = decrypt(iv, take(16), aad, text);
  assert.equal(at, message.length);
  return { provider, keyName, text: opened };
}

test('any value comes out as it went in', () => {
  const recipient = { provider: 'shop', keyName: 'cards', pem };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (text) => {
      const { provider, keyName, text: opened } = open(envelope(text, recipient, randomBytes));
      assert.deepEqual([provider, keyName], ['shop', 'cards']);
      assert.deepEqual(new Uint8Array(opened), text);
    }),
    { numRuns: 20 },
  );
  const longest = randomBytes(VALUE_BYTES_MAX);
  assert.deepEqual(open(envelope(longest, recipient, randomBytes)).text, longest);
});
