/** AWS Key Management Service. */
import { defineService, notYet } from '#kernel/contract';
import { createAlias, deleteAlias, listAliases, updateAlias } from './operations/alias.ts';
import {
  generateDataKey,
  generateDataKeyPair,
  generateDataKeyPairWithoutPlaintext,
  generateDataKeyWithoutPlaintext,
  generateRandom,
} from './operations/data-key.ts';
import { decrypt, encrypt, reEncrypt } from './operations/encrypt.ts';
import { createGrant, listGrants, listRetirableGrants, retireGrant, revokeGrant } from './operations/grant.ts';
import {
  createKey,
  describeKey,
  disableKey,
  enableKey,
  getPublicKey,
  listKeys,
  updateKeyDescription,
} from './operations/key.ts';
import { getKeyPolicy, listKeyPolicies, putKeyPolicy } from './operations/policy.ts';
import { access } from './policy.ts';
import { voice } from './voice.ts';

const customKeyStore = notYet('custom key stores need a CloudHSM cluster or an external key manager');
const soon = notYet('comes with the next step of KMS');

export const service = defineService<'kms'>({
  name: 'kms',
  prefix: 'kms',
  access,
  voice,
  operations: {
    CancelKeyDeletion: soon,
    ConnectCustomKeyStore: customKeyStore,
    CreateAlias: createAlias,
    CreateCustomKeyStore: customKeyStore,
    CreateGrant: createGrant,
    CreateKey: createKey,
    Decapsulate: soon,
    Decrypt: decrypt,
    DeleteAlias: deleteAlias,
    DeleteCustomKeyStore: customKeyStore,
    DeleteImportedKeyMaterial: soon,
    DeriveSharedSecret: soon,
    DescribeCustomKeyStores: customKeyStore,
    DescribeKey: describeKey,
    DisableKey: disableKey,
    DisableKeyRotation: soon,
    DisconnectCustomKeyStore: customKeyStore,
    EnableKey: enableKey,
    EnableKeyRotation: soon,
    Encapsulate: soon,
    Encrypt: encrypt,
    GenerateDataKey: generateDataKey,
    GenerateDataKeyPair: generateDataKeyPair,
    GenerateDataKeyPairWithoutPlaintext: generateDataKeyPairWithoutPlaintext,
    GenerateDataKeyWithoutPlaintext: generateDataKeyWithoutPlaintext,
    GenerateMac: soon,
    GenerateRandom: generateRandom,
    GetKeyLastUsage: soon,
    GetKeyPolicy: getKeyPolicy,
    GetKeyRotationStatus: soon,
    GetParametersForImport: soon,
    GetPublicKey: getPublicKey,
    ImportKeyMaterial: soon,
    ListAliases: listAliases,
    ListGrants: listGrants,
    ListKeyPolicies: listKeyPolicies,
    ListKeyRotations: soon,
    ListKeys: listKeys,
    ListResourceTags: soon,
    ListRetirableGrants: listRetirableGrants,
    PutKeyPolicy: putKeyPolicy,
    ReEncrypt: reEncrypt,
    ReplicateKey: soon,
    RetireGrant: retireGrant,
    RevokeGrant: revokeGrant,
    RotateKeyOnDemand: soon,
    ScheduleKeyDeletion: soon,
    Sign: soon,
    TagResource: soon,
    UntagResource: soon,
    UpdateAlias: updateAlias,
    UpdateCustomKeyStore: customKeyStore,
    UpdateKeyDescription: updateKeyDescription,
    UpdatePrimaryRegion: soon,
    Verify: soon,
    VerifyMac: soon,
  },
});
