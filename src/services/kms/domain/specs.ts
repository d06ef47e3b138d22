/** The kinds of key: what each can be used for, and with which algorithms. Source: KMS Developer Guide, "Key spec reference". */
import type {
  CustomerMasterKeySpec,
  EncryptionAlgorithmSpec,
  KeyMetadata,
  KeySpec,
  KeyUsageType,
  MacAlgorithmSpec,
  SigningAlgorithmSpec,
} from '#models/kms';

type SpecKind = 'symmetric' | 'rsa' | 'ec' | 'ed25519' | 'hmac' | 'ml-dsa' | 'ml-kem';

export type SpecFacts = {
  kind: SpecKind;
  usages: readonly KeyUsageType[];
  /** Bytes of secret material (symmetric, HMAC), or bits of the modulus (RSA). */
  size?: number;
  /** As OpenSSL calls the curve. */
  curve?: string;
  signing?: readonly SigningAlgorithmSpec[];
  encryption?: readonly EncryptionAlgorithmSpec[];
  mac?: readonly MacAlgorithmSpec[];
};

const OAEP: readonly EncryptionAlgorithmSpec[] = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'];
const RSA_SIGNING: readonly SigningAlgorithmSpec[] = [
  'RSASSA_PKCS1_V1_5_SHA_256',
  'RSASSA_PKCS1_V1_5_SHA_384',
  'RSASSA_PKCS1_V1_5_SHA_512',
  'RSASSA_PSS_SHA_256',
  'RSASSA_PSS_SHA_384',
  'RSASSA_PSS_SHA_512',
];

const rsa = (size: number): SpecFacts => ({
  kind: 'rsa',
  usages: ['ENCRYPT_DECRYPT', 'SIGN_VERIFY'],
  size,
  encryption: OAEP,
  signing: RSA_SIGNING,
});
const ec = (curve: string, signing: SigningAlgorithmSpec, agrees = true): SpecFacts => ({
  kind: 'ec',
  usages: agrees ? ['SIGN_VERIFY', 'KEY_AGREEMENT'] : ['SIGN_VERIFY'],
  curve,
  signing: [signing],
});
const hmac = (size: number, mac: MacAlgorithmSpec): SpecFacts => ({
  kind: 'hmac',
  usages: ['GENERATE_VERIFY_MAC'],
  size,
  mac: [mac],
});
const mlDsa: SpecFacts = { kind: 'ml-dsa', usages: ['SIGN_VERIFY'], signing: ['ML_DSA_SHAKE_256'] };
const mlKem: SpecFacts = { kind: 'ml-kem', usages: ['ENCAPSULATE_DECAPSULATE'] };

/** Every key spec but SM2, which only the China Regions have. */
export const SPECS: { readonly [spec in Exclude<KeySpec, 'SM2'>]: SpecFacts } = {
  SYMMETRIC_DEFAULT: { kind: 'symmetric', usages: ['ENCRYPT_DECRYPT'], size: 32, encryption: ['SYMMETRIC_DEFAULT'] },
  RSA_2048: rsa(2_048),
  RSA_3072: rsa(3_072),
  RSA_4096: rsa(4_096),
  ECC_NIST_P256: ec('P-256', 'ECDSA_SHA_256'),
  ECC_NIST_P384: ec('P-384', 'ECDSA_SHA_384'),
  ECC_NIST_P521: ec('P-521', 'ECDSA_SHA_512'),
  ECC_SECG_P256K1: ec('secp256k1', 'ECDSA_SHA_256', false),
  ECC_NIST_EDWARDS25519: {
    kind: 'ed25519',
    usages: ['SIGN_VERIFY'],
    signing: ['ED25519_SHA_512', 'ED25519_PH_SHA_512'],
  },
  HMAC_224: hmac(28, 'HMAC_SHA_224'),
  HMAC_256: hmac(32, 'HMAC_SHA_256'),
  HMAC_384: hmac(48, 'HMAC_SHA_384'),
  HMAC_512: hmac(64, 'HMAC_SHA_512'),
  ML_DSA_44: mlDsa,
  ML_DSA_65: mlDsa,
  ML_DSA_87: mlDsa,
  ML_KEM_512: mlKem,
  ML_KEM_768: mlKem,
  ML_KEM_1024: mlKem,
};

/** The facts of a spec that a key has; keys have none that is unknown. */
export function specOf(spec: string): SpecFacts {
  return SPECS[spec as keyof typeof SPECS];
}

/** Specs that are younger than the name `CustomerMasterKeySpec`, which does not tell them. Source: the service's model; the CLI's example of an ML-DSA key. */
const isYoung = (spec: string) => spec === 'ECC_NIST_EDWARDS25519' || spec.startsWith('ML_');

/** A spec as metadata tell it: by today's name, and by that of before where it has it. */
export function specMembers(spec: KeySpec): Pick<KeyMetadata, 'KeySpec' | 'CustomerMasterKeySpec'> {
  return { ...(!isYoung(spec) && { CustomerMasterKeySpec: spec as CustomerMasterKeySpec }), KeySpec: spec };
}

/** The lists of algorithms that a key's metadata and public key show. */
export function algorithmsOf(
  spec: string,
  usage: KeyUsageType,
): Pick<
  KeyMetadata,
  'EncryptionAlgorithms' | 'SigningAlgorithms' | 'MacAlgorithms' | 'KeyAgreementAlgorithms' | 'EncapsulationAlgorithms'
> {
  const { encryption, signing, mac } = specOf(spec);
  switch (usage) {
    case 'ENCRYPT_DECRYPT':
      return { EncryptionAlgorithms: [...(encryption ?? [])] };
    case 'SIGN_VERIFY':
      return { SigningAlgorithms: [...(signing ?? [])] };
    case 'GENERATE_VERIFY_MAC':
      return { MacAlgorithms: [...(mac ?? [])] };
    case 'KEY_AGREEMENT':
      return { KeyAgreementAlgorithms: ['ECDH'] };
    case 'ENCAPSULATE_DECAPSULATE':
      return { EncapsulationAlgorithms: ['ML_KEM'] };
  }
}

/** Whether the key is asymmetric: it has a public half. */
export function isAsymmetric(spec: string): boolean {
  const { kind } = specOf(spec);
  return kind !== 'symmetric' && kind !== 'hmac';
}
