/**
 * AWS Key Management Service.
 *
 * Deviation: AWS's request quotas (calls a second of each operation) are not kept: keys are made as fast as they are asked for.
 */
import { defineService } from '#kernel/contract';
import { decapsulate, deriveSharedSecret, encapsulate } from './operations/agreement.ts';
import { createAlias, deleteAlias, listAliases, updateAlias } from './operations/alias.ts';
import {
  connect,
  connectCustomKeyStore,
  connectLater,
  createCustomKeyStore,
  deleteCustomKeyStore,
  describeCustomKeyStores,
  disconnectCustomKeyStore,
  updateCustomKeyStore,
} from './operations/custom-key-store.ts';
import {
  generateDataKey,
  generateDataKeyPair,
  generateDataKeyPairWithoutPlaintext,
  generateDataKeyWithoutPlaintext,
  generateRandom,
} from './operations/data-key.ts';
import { cancelKeyDeletion, scheduleKeyDeletion } from './operations/deletion.ts';
import { decrypt, encrypt, reEncrypt } from './operations/encrypt.ts';
import { createGrant, listGrants, listRetirableGrants, retireGrant, revokeGrant } from './operations/grant.ts';
import { deleteImportedKeyMaterial, getParametersForImport, importKeyMaterial } from './operations/import.ts';
import {
  createKey,
  describeKey,
  disableKey,
  enableKey,
  getPublicKey,
  listKeys,
  updateKeyDescription,
} from './operations/key.ts';
import { replicateKey, updatePrimaryRegion } from './operations/multi-region.ts';
import { getKeyPolicy, listKeyPolicies, putKeyPolicy } from './operations/policy.ts';
import {
  disableKeyRotation,
  enableKeyRotation,
  getKeyRotationStatus,
  listKeyRotations,
  rotateKeyOnDemand,
} from './operations/rotation.ts';
import { generateMac, sign, verify, verifyMac } from './operations/sign.ts';
import { listResourceTags, tagResource, untagResource } from './operations/tag.ts';
import { getKeyLastUsage } from './operations/usage.ts';
import { access } from './policy.ts';
import { deleteKey, expire, forgetImport, rotate, sweep } from './timers.ts';

export const service = defineService<'kms'>({
  name: 'kms',
  prefix: 'kms',
  access,
  metrics: 'AWS/KMS',
  timers: { connect: connectLater, delete: deleteKey, sweep, rotate, expire, forgetImport },
  tasks: { connect },
  unbuilt: {
    CreateCustomKeyStore: [
      'CloudHsmClusterId',
      'KeyStorePassword',
      'TrustAnchorCertificate',
      'XksProxyVpcEndpointServiceName',
      'XksProxyVpcEndpointServiceOwner',
    ],
    UpdateCustomKeyStore: [
      'CloudHsmClusterId',
      'KeyStorePassword',
      'XksProxyVpcEndpointServiceName',
      'XksProxyVpcEndpointServiceOwner',
    ],
  },
  reads: {
    Decrypt: 'silent',
    DeriveSharedSecret: 'silent',
    Encrypt: 'silent',
    GenerateDataKey: 'silent',
    GenerateDataKeyPair: 'silent',
    GenerateDataKeyPairWithoutPlaintext: 'silent',
    GenerateDataKeyWithoutPlaintext: 'silent',
    GenerateMac: 'silent',
    GenerateRandom: 'silent',
    ReEncrypt: 'silent',
    Sign: 'silent',
    Verify: 'silent',
    VerifyMac: 'silent',
  },
  operations: {
    CancelKeyDeletion: cancelKeyDeletion,
    ConnectCustomKeyStore: connectCustomKeyStore,
    CreateAlias: createAlias,
    CreateCustomKeyStore: createCustomKeyStore,
    CreateGrant: createGrant,
    CreateKey: createKey,
    Decapsulate: decapsulate,
    Decrypt: decrypt,
    DeleteAlias: deleteAlias,
    DeleteCustomKeyStore: deleteCustomKeyStore,
    DeleteImportedKeyMaterial: deleteImportedKeyMaterial,
    DeriveSharedSecret: deriveSharedSecret,
    DescribeCustomKeyStores: describeCustomKeyStores,
    DescribeKey: describeKey,
    DisableKey: disableKey,
    DisableKeyRotation: disableKeyRotation,
    DisconnectCustomKeyStore: disconnectCustomKeyStore,
    EnableKey: enableKey,
    EnableKeyRotation: enableKeyRotation,
    Encapsulate: encapsulate,
    Encrypt: encrypt,
    GenerateDataKey: generateDataKey,
    GenerateDataKeyPair: generateDataKeyPair,
    GenerateDataKeyPairWithoutPlaintext: generateDataKeyPairWithoutPlaintext,
    GenerateDataKeyWithoutPlaintext: generateDataKeyWithoutPlaintext,
    GenerateMac: generateMac,
    GenerateRandom: generateRandom,
    GetKeyLastUsage: getKeyLastUsage,
    GetKeyPolicy: getKeyPolicy,
    GetKeyRotationStatus: getKeyRotationStatus,
    GetParametersForImport: getParametersForImport,
    GetPublicKey: getPublicKey,
    ImportKeyMaterial: importKeyMaterial,
    ListAliases: listAliases,
    ListGrants: listGrants,
    ListKeyPolicies: listKeyPolicies,
    ListKeyRotations: listKeyRotations,
    ListKeys: listKeys,
    ListResourceTags: listResourceTags,
    ListRetirableGrants: listRetirableGrants,
    PutKeyPolicy: putKeyPolicy,
    ReEncrypt: reEncrypt,
    ReplicateKey: replicateKey,
    RetireGrant: retireGrant,
    RevokeGrant: revokeGrant,
    RotateKeyOnDemand: rotateKeyOnDemand,
    ScheduleKeyDeletion: scheduleKeyDeletion,
    Sign: sign,
    TagResource: tagResource,
    UntagResource: untagResource,
    UpdateAlias: updateAlias,
    UpdateCustomKeyStore: updateCustomKeyStore,
    UpdateKeyDescription: updateKeyDescription,
    UpdatePrimaryRegion: updatePrimaryRegion,
    Verify: verify,
    VerifyMac: verifyMac,
  },
});
