/** Signatures by asymmetric keys, message authentication codes by HMAC keys. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Ctx, Handler } from '#kernel/contract';
import type { GenerateMacRequest, SignRequest } from '#models/kms';
import type { Found } from '../domain/find.ts';
import { currentMaterial, privateKeyOf, publicKeyOf, secretOf } from '../domain/material.ts';
import { checkMessage, type Signing, signMessage, verifyMessage } from '../domain/sign.ts';
import { specOf } from '../domain/specs.ts';
import { endDryRun, noteUse, useKey } from '../domain/use.ts';
import { badAlgorithm, badMac, badSignature } from '../errors.ts';

type Message = Pick<SignRequest, 'KeyId' | 'Message' | 'MessageType' | 'SigningAlgorithm' | 'GrantTokens' | 'DryRun'>;

/** The key and how it signs. @throws {ServiceError} InvalidKeyUsageException, ValidationException */
function useSigner(input: Message, operation: string, ctx: Ctx): { found: Found; signing: Signing } {
  const found = useKey(input, 'SIGN_VERIFY', operation, ctx);
  const spec = specOf(found.key.spec);
  const algorithm = input.SigningAlgorithm;
  if (spec.signing?.includes(algorithm) !== true) throw badAlgorithm(algorithm, found.key.spec);
  const signing = { algorithm, type: input.MessageType ?? 'RAW', spec } as const;
  checkMessage(signing, found.key.spec, input.Message);
  endDryRun(input);
  return { found, signing };
}

export const sign: Handler<'kms', 'Sign'> = (input, ctx) => {
  const { found, signing } = useSigner(input, 'Sign', ctx);
  const { key, store } = found;
  const Signature = signMessage(signing, privateKeyOf(store, key), input.Message);
  noteUse(found, 'Sign', ctx);
  return { KeyId: key.arn, Signature, SigningAlgorithm: signing.algorithm };
};

export const verify: Handler<'kms', 'Verify'> = (input, ctx) => {
  const { found, signing } = useSigner(input, 'Verify', ctx);
  if (!verifyMessage(signing, publicKeyOf(found.key), input.Message, input.Signature)) throw badSignature();
  noteUse(found, 'Verify', ctx);
  return { KeyId: found.key.arn, SignatureValid: true, SigningAlgorithm: signing.algorithm };
};

/** The code of a message. @throws {ServiceError} InvalidKeyUsageException */
function macOf(
  input: GenerateMacRequest,
  operation: 'GenerateMac' | 'VerifyMac',
  ctx: Ctx,
): { mac: Buffer; found: Found } {
  const found = useKey(input, 'GENERATE_VERIFY_MAC', operation, ctx);
  const { key, store } = found;
  const algorithm = input.MacAlgorithm;
  if (specOf(key.spec).mac?.includes(algorithm) !== true) throw badAlgorithm(algorithm, key.spec);
  endDryRun(input);
  const hash = algorithm.replace('HMAC_SHA_', 'sha');
  const mac = createHmac(hash, secretOf(store, currentMaterial(store, key)))
    .update(input.Message)
    .digest();
  return { mac, found };
}

export const generateMac: Handler<'kms', 'GenerateMac'> = (input, ctx) => {
  const { mac, found } = macOf(input, 'GenerateMac', ctx);
  noteUse(found, 'GenerateMac', ctx);
  return { KeyId: found.key.arn, Mac: mac, MacAlgorithm: input.MacAlgorithm };
};

export const verifyMac: Handler<'kms', 'VerifyMac'> = (input, ctx) => {
  const { mac, found } = macOf(input, 'VerifyMac', ctx);
  if (mac.length !== input.Mac.length || !timingSafeEqual(mac, input.Mac)) throw badMac();
  noteUse(found, 'VerifyMac', ctx);
  return { KeyId: found.key.arn, MacValid: true, MacAlgorithm: input.MacAlgorithm };
};
