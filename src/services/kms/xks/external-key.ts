/** The external key behind a KMS key: whether it will do, and encrypting and decrypting by it. Source: aws/aws-kms-xksproxy-api-spec, version 1. */
import { createHash } from 'node:crypto';
import type { Ctx } from '#kernel/contract';
import { viaService } from '../domain/managed.ts';
import type { Sealed } from './envelope.ts';
import { badExternalSpec, badExternalStatus, badExternalUsage } from './errors.ts';
import { type Answer, ask, type XksProxy } from './proxy.ts';

const METADATA_BYTES_MAX = 20;
const IV_BYTES = [12, 16];
const TAG_BYTES = 16;
const USAGES_MAX = 10;

/** For which call, of which KMS key, which external key is used. */
export type Use = { kms: string; keyArn?: string; externalId: string; aad: Uint8Array };

/** Who asks KMS for what: proxies may allow by it, and log it. */
function requestMetadata({ kms, keyArn }: Pick<Use, 'kms' | 'keyArn'>, ctx: Ctx): object {
  const { principal } = ctx.caller;
  const via = principal.kind === 'service' ? undefined : viaService(ctx);
  return {
    // Source: the specification's "Encrypt": as `aws:PrincipalArn`, by which a session is its role.
    awsPrincipalArn: principal.kind === 'session' ? principal.roleArn : principal.arn,
    ...(keyArn !== undefined && { kmsKeyArn: keyArn }),
    kmsOperation: kms,
    kmsRequestId: ctx.requestId,
    ...(via !== undefined && { kmsViaService: via }),
  };
}

const pathOf = (externalId: string, what: string) => `/keys/${externalId}/${what}`;

type Metadata = { keySpec: string; keyUsage: string[]; keyStatus: string };

function readMetadata({ keySpec, keyUsage, keyStatus }: Answer): Metadata | undefined {
  if (typeof keySpec !== 'string' || typeof keyStatus !== 'string' || !Array.isArray(keyUsage)) return undefined;
  if (keyUsage.length > USAGES_MAX || keyUsage.some((usage) => typeof usage !== 'string')) return undefined;
  return { keySpec, keyUsage, keyStatus };
}

/** Whether an external key can stand behind a KMS key. @throws {ServiceError} XksKeyInvalidConfigurationException @throws {ProxyFault} */
export async function checkExternalKey(proxy: XksProxy, externalId: string, ctx: Ctx): Promise<void> {
  const kms = 'CreateKey';
  const body = { requestMetadata: requestMetadata({ kms }, ctx) };
  const question = { xks: 'GetKeyMetadata', kms, path: pathOf(externalId, 'metadata'), body } as const;
  const { keySpec, keyUsage, keyStatus } = await ask(proxy, question, readMetadata, ctx);
  if (keySpec !== 'AES_256') throw badExternalSpec(keySpec);
  if (keyStatus !== 'ENABLED') throw badExternalStatus(keyStatus);
  if (!(keyUsage.includes('ENCRYPT') && keyUsage.includes('DECRYPT'))) throw badExternalUsage(keyUsage);
}

/** Encrypts by the external key. @throws {ProxyFault} */
export function encryptExternally(proxy: XksProxy, use: Use, plaintext: Uint8Array, ctx: Ctx): Promise<Sealed> {
  const { kms, externalId, aad } = use;
  const body = {
    requestMetadata: requestMetadata(use, ctx),
    ...(aad.length > 0 && { additionalAuthenticatedData: base64(aad) }),
    plaintext: base64(plaintext),
    encryptionAlgorithm: 'AES_GCM',
    ciphertextDataIntegrityValueAlgorithm: 'SHA_256',
  };
  const question = { xks: 'Encrypt', kms, path: pathOf(externalId, 'encrypt'), body } as const;
  return ask(proxy, question, (answer) => readSealed(answer, aad, plaintext.length), ctx);
}

/** What was encrypted, if it has the right lengths and is what the proxy's own hash of it says. */
function readSealed(answer: Answer, aad: Uint8Array, length: number): Sealed | undefined {
  const ciphertext = bytesOf(answer.ciphertext);
  const iv = bytesOf(answer.initializationVector);
  const tag = bytesOf(answer.authenticationTag);
  const metadata = answer.ciphertextMetadata === undefined ? Buffer.alloc(0) : bytesOf(answer.ciphertextMetadata);
  const integrity = bytesOf(answer.ciphertextDataIntegrityValue);
  if (ciphertext?.length !== length || tag?.length !== TAG_BYTES || integrity === undefined) return undefined;
  if (iv === undefined || !IV_BYTES.includes(iv.length)) return undefined;
  if (metadata === undefined || metadata.length > METADATA_BYTES_MAX) return undefined;
  const hash = createHash('sha256');
  for (const part of [aad, metadata, iv, ciphertext, tag]) hash.update(part);
  return hash.digest().equals(integrity) ? { ciphertext, iv, tag, metadata } : undefined;
}

/** Decrypts by the external key. @throws {ProxyFault} */
export function decryptExternally(proxy: XksProxy, use: Use, sealed: Sealed, ctx: Ctx): Promise<Buffer> {
  const { kms, externalId, aad } = use;
  const { ciphertext, metadata, iv, tag } = sealed;
  const body = {
    requestMetadata: requestMetadata(use, ctx),
    ...(aad.length > 0 && { additionalAuthenticatedData: base64(aad) }),
    ciphertext: base64(ciphertext),
    ...(metadata.length > 0 && { ciphertextMetadata: base64(metadata) }),
    encryptionAlgorithm: 'AES_GCM',
    initializationVector: base64(iv),
    authenticationTag: base64(tag),
  };
  const question = { xks: 'Decrypt', kms, path: pathOf(externalId, 'decrypt'), body } as const;
  const read = ({ plaintext }: Answer) => {
    const found = bytesOf(plaintext);
    return found?.length === ciphertext.length ? found : undefined;
  };
  return ask(proxy, question, read, ctx);
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

/** Standard base64, and nothing else. */
function bytesOf(text: unknown): Buffer | undefined {
  if (typeof text !== 'string') return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
