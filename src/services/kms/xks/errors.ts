/**
 * What KMS refuses of custom key stores. Source: KMS API Reference, the "Errors" of their operations and of CreateKey; the texts of what proxies do stand in
 * faults.ts.
 *
 * Deviation: the codes are AWS's, but the texts of names, addresses and keys that are taken, of stores in the wrong state and of settings that don't go together
 * are Cloudyard's own.
 */
import { commonError, errorsOf } from '#kernel/contract';
import { invalid, limitExceeded, unsupported } from '../errors.ts';
import { type FaultKind, faultOf } from './faults.ts';

const error = errorsOf('kms');

export const storeNameInUse = (name: string) =>
  error('CustomKeyStoreNameInUseException', `A custom key store with the name ${name} already exists.`);
export const proxyUriInUse = (uri: string) =>
  error('XksProxyUriInUseException', `Another external key store already uses the proxy at ${uri}.`);
export const tooManyStores = (limit: number) =>
  limitExceeded(`You have reached the limit of ${limit} custom key stores.`);
export const storeHasKeys = (id: string) =>
  error('CustomKeyStoreHasCMKsException', `Custom key store ${id} contains KMS keys.`);
export const badConnection = (id: string, state: string) =>
  error(
    'CustomKeyStoreInvalidStateException',
    `Custom key store ${id} is ${state}, which is not valid for this operation.`,
  );
export const externalKeyInUse = (id: string) =>
  error(
    'XksKeyAlreadyInUseException',
    `The external key ${id} is already associated with a KMS key in this external key store.`,
  );
export const storeNamedTwice = () => invalid('You cannot specify both CustomKeyStoreId and CustomKeyStoreName.');
export const storeMissing = (member: string) => invalid(`${member} is required for an external key store.`);
export const keyMissing = (member: string) => invalid(`${member} is required for a KMS key in an external key store.`);
export const notOfOrigin = (member: string, origin: string) =>
  invalid(`${member} is not valid for KMS keys with the origin ${origin}.`);
export const onlySymmetric = () =>
  unsupported('KMS keys in a custom key store are symmetric encryption keys of a single Region.');
export const noRandomOutside = () => unsupported('GenerateRandom takes no external key store.');
export const badEndpoint = (endpoint: string, pattern: string) =>
  invalid(
    `1 validation error detected: Value '${endpoint}' at 'xksProxyUriEndpoint' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern}`,
  );
/** A cluster of CloudHSM, a service of a VPC: there are none here. */
export const storeNotBuilt = (what: string) =>
  commonError(
    'NotImplemented',
    `CreateCustomKeyStore: ${what} are not built; external key stores with PUBLIC_ENDPOINT are.`,
  );

/** Source: KMS Developer Guide, "Troubleshooting external key stores", "CreateKey errors for the external key". */
export const badExternalSpec = (spec: string) =>
  badExternal(`The key spec of the external key must be AES_256. The key spec of specified external key is ${spec}.`);
export const badExternalStatus = (status: string) =>
  badExternal(`The status of the external key must be ENABLED. The status of specified external key is ${status}.`);
export const badExternalUsage = (usage: readonly string[]) =>
  badExternal(
    `The key usage of the external key must include ENCRYPT and DECRYPT. The key use of specified external key is ${usage.join(', ')}.`,
  );
const badExternal = (message: string) => error('XksKeyInvalidConfigurationException', message);

/** What calls about stores, calls for new keys and cryptography make of a proxy's fault. */
export const faultWhileManaging = (kind: FaultKind) => error(faultOf(kind).managing, faultOf(kind).text);
export const faultWhileCreating = (kind: FaultKind) =>
  error(faultOf(kind).creating ?? 'CustomKeyStoreInvalidStateException', faultOf(kind).text);
export const faultWhileUsing = (kind: FaultKind) => error('KMSInvalidStateException', faultOf(kind).text);
/** Source: KMS Developer Guide, "Troubleshooting external key stores", "Decryption errors". */
export const badInnerCiphertext = () =>
  error(
    'KMSInvalidStateException',
    'The ciphertext that the external key store proxy submitted for decryption, or the encryption context, is corrupted, missing, or otherwise invalid.',
  );
