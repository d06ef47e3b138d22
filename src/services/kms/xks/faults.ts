/**
 * What can go wrong with a proxy, and what AWS makes of it: of one that is being connected a code, of calls about stores and new keys an error of
 * their own, of cryptography always KMSInvalidStateException.
 *
 * Deviation: AWS answers cryptography with KMSInternalException, which clients try again, where the proxy has been reliable in the last five minutes; it does not say
 * by which measure, so that here it is KMSInvalidStateException at once.
 *
 * Source: KMS Developer Guide, "Troubleshooting external key stores" (texts, codes) and "Monitor external key stores" (which can be retried);
 * aws/aws-kms-xksproxy-api-spec, "Error codes" (names, and the texts that the guide does not have).
 */
import type { ConnectionErrorCodeType } from '#models/kms';

type Fault = {
  text: string;
  /** What CreateCustomKeyStore and UpdateCustomKeyStore answer. */
  managing:
    | 'XksProxyIncorrectAuthenticationCredentialException'
    | 'XksProxyInvalidConfigurationException'
    | 'XksProxyInvalidResponseException'
    | 'XksProxyUriUnreachableException';
  /** What CreateKey answers, where that is not CustomKeyStoreInvalidStateException. */
  creating?: 'XksKeyInvalidConfigurationException' | 'XksKeyNotFoundException';
  /** What a connection fails with. */
  connecting: ConnectionErrorCodeType;
  retryable?: true;
  /** As metrics call it, where not by its name here. */
  exception?: string;
};

const MALFORMED: Fault = {
  text: 'AWS KMS cannot interpret the response from the external key store proxy. If you see this error repeatedly, report it to your external key store proxy administrator.',
  managing: 'XksProxyInvalidResponseException',
  connecting: 'XKS_PROXY_INVALID_RESPONSE',
};
const unreachable = (text: string, connecting: ConnectionErrorCodeType): Fault => ({
  text,
  managing: 'XksProxyUriUnreachableException',
  connecting,
  retryable: true,
  exception: 'XksProxyUnreachableException',
});

/** What proxies answer, by name. */
const ANSWERED = {
  ValidationException: MALFORMED,
  InvalidStateException: {
    text: 'The external key store proxy rejected the request because the external key is not enabled in the external key manager.',
    managing: 'XksProxyInvalidConfigurationException',
    creating: 'XksKeyInvalidConfigurationException',
    connecting: 'XKS_PROXY_NOT_REACHABLE',
  },
  InvalidCiphertextException: {
    text: 'The external key store proxy rejected the request because the specified ciphertext or additional authenticated data is corrupted, missing, or otherwise invalid.',
    managing: 'XksProxyInvalidResponseException',
    connecting: 'XKS_PROXY_INVALID_RESPONSE',
  },
  InvalidKeyUsageException: {
    text: 'The external key store proxy rejected the request because the external key does not support the requested operation.',
    managing: 'XksProxyInvalidResponseException',
    creating: 'XksKeyInvalidConfigurationException',
    connecting: 'XKS_PROXY_INVALID_RESPONSE',
  },
  AuthenticationFailedException: {
    text: 'The external key store proxy rejected the request because it could not authenticate AWS KMS. Verify the credentials for your external key store and update if necessary.',
    managing: 'XksProxyIncorrectAuthenticationCredentialException',
    connecting: 'INVALID_CREDENTIALS',
  },
  AccessDeniedException: {
    text: 'The external key store proxy denied access to the operation. Verify that the user and the external key are both authorized for this operation, and try the request again.',
    managing: 'XksProxyInvalidConfigurationException',
    connecting: 'XKS_PROXY_ACCESS_DENIED',
  },
  KeyNotFoundException: {
    text: 'The external key store proxy rejected the request because it could not find the external key.',
    managing: 'XksProxyInvalidResponseException',
    creating: 'XksKeyNotFoundException',
    connecting: 'XKS_PROXY_INVALID_RESPONSE',
  },
  InvalidUriPathException: {
    text: 'The external key store proxy rejected the request because of an invalid URI path. Verify the URI path for your external key store and update if necessary.',
    managing: 'XksProxyInvalidConfigurationException',
    connecting: 'XKS_PROXY_INVALID_CONFIGURATION',
  },
  UnsupportedOperationException: {
    text: 'The external key store proxy rejected the request because it does not support the requested cryptographic operation.',
    managing: 'XksProxyInvalidResponseException',
    connecting: 'XKS_PROXY_INVALID_RESPONSE',
  },
  DependencyTimeoutException: {
    text: 'The external key store proxy did not respond to the request in the time allotted. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator.',
    managing: 'XksProxyUriUnreachableException',
    connecting: 'XKS_PROXY_TIMED_OUT',
    retryable: true,
  },
  ThrottlingException: {
    text: 'The external key store proxy rejected the request due to a very high request rate. Reduce the frequency of your calls using KMS keys in this external key store.',
    managing: 'XksProxyUriUnreachableException',
    connecting: 'XKS_PROXY_NOT_REACHABLE',
    retryable: true,
  },
  InternalException: {
    text: 'The external key store proxy rejected the request because it cannot communicate with the external key manager. Verify that the external key store proxy configuration is correct and that the external key manager is available.',
    managing: 'XksProxyInvalidResponseException',
    connecting: 'XKS_PROXY_NOT_REACHABLE',
    retryable: true,
  },
} satisfies { readonly [name: string]: Fault };

/** What KMS finds itself. */
const FOUND = {
  Malformed: { ...MALFORMED, exception: 'XksProxyInvalidResponseException' },
  Unhealthy: {
    text: 'The external key store proxy is in an unhealthy state. If you see this message repeatedly, notify your external key store proxy administrator.',
    managing: 'XksProxyUriUnreachableException',
    connecting: 'XKS_PROXY_NOT_REACHABLE',
  },
  Unreachable: unreachable(
    'AWS KMS cannot communicate with the external key store proxy. This might be a transient network issue. If you see this error repeatedly, verify that your external key store proxy is active and is connected to the network, and that its endpoint URI is correct in your external key store.',
    'XKS_PROXY_NOT_REACHABLE',
  ),
  Late: unreachable(
    'AWS KMS rejected the request because the external key store proxy did not respond in time. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator.',
    'XKS_PROXY_TIMED_OUT',
  ),
  Untrusted: {
    ...unreachable(
      'AWS KMS cannot establish a TLS connection to the external key store proxy. Verify the TLS configuration, including its certificate.',
      'XKS_PROXY_INVALID_TLS_CONFIGURATION',
    ),
    managing: 'XksProxyInvalidConfigurationException',
  },
} satisfies { readonly [name: string]: Fault };

const FAULTS: { readonly [kind in FaultKind]: Fault } = { ...ANSWERED, ...FOUND };

export type FaultKind = keyof typeof ANSWERED | keyof typeof FOUND;

/** What a proxy's answer names; undefined for a name that it should not have. */
export const answeredFault = (name: string): FaultKind | undefined =>
  Object.hasOwn(ANSWERED, name) ? (name as keyof typeof ANSWERED) : undefined;

/** What is made of a fault. */
export const faultOf = (kind: FaultKind): Fault => FAULTS[kind];

/** A proxy did not do what it was asked. */
export class ProxyFault extends Error {
  override name = 'ProxyFault';
  readonly kind: FaultKind;

  constructor(kind: FaultKind) {
    super(FAULTS[kind].text);
    this.kind = kind;
  }
}
