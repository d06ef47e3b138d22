/** What API Gateway answers by itself. Source: API Gateway Developer Guide, "Gateway response types for API Gateway"; texts as recorded from AWS. */
import { createHash } from 'node:crypto';
import { GatewayFault } from './gateway-responses.ts';

export const missingToken = () => new GatewayFault('MISSING_AUTHENTICATION_TOKEN', 'Missing Authentication Token');
/** Nobody has signed a request that is for no method, or for one of IAM. Where it has credentials of another kind, they are taken for a signature. */
export const unsigned = ({ authorization }: { readonly [header: string]: string }) =>
  authorization === undefined || isSignature(authorization)
    ? missingToken()
    : new GatewayFault('MISSING_AUTHENTICATION_TOKEN', signatureFault(authorization), undefined, [
        403,
        'IncompleteSignatureException',
      ]);
export const internalError = () => new GatewayFault('DEFAULT_5XX', 'Internal server error');
export const configurationError = () => new GatewayFault('API_CONFIGURATION_ERROR', 'Internal server error');
export const timedOut = () => new GatewayFault('INTEGRATION_TIMEOUT', 'Endpoint request timed out');
export const networkError = () => new GatewayFault('INTEGRATION_FAILURE', 'Network error communicating with endpoint');
export const throttled = () => new GatewayFault('THROTTLED', 'Too Many Requests');
export const quotaExceeded = () => new GatewayFault('QUOTA_EXCEEDED', 'Limit Exceeded');
export const forbidden = () => new GatewayFault('INVALID_API_KEY', 'Forbidden');
/** Lambda takes a call's parameters for wrong. Source: AWS's answers to calls without a tenant, as users report them. */
export const badCall = (message: string) => new GatewayFault('BAD_REQUEST_PARAMETERS', message);
export const unauthorized = () => new GatewayFault('UNAUTHORIZED', 'Unauthorized');
/** @param reason what the log tells of it */
export const badAuthorizer = (reason = 'Authorizer error') =>
  Object.assign(new GatewayFault('AUTHORIZER_CONFIGURATION_ERROR', null), { cause: reason });
export const requestTooLarge = (max: number) =>
  new GatewayFault('REQUEST_TOO_LARGE', `HTTP content length exceeded ${max} bytes.`);
/** Source: API Gateway Developer Guide, "Quotas and important notes": it is a 414. */
export const uriTooLong = () =>
  new GatewayFault('DEFAULT_4XX', 'Request URI too long', undefined, [414, 'BadRequestException']);
export const accessDenied = (because: string) =>
  new GatewayFault('ACCESS_DENIED', `User is not authorized to access this resource ${because}`);

/** Whether it is one, right or wrong. */
export const isSignature = (authorization: string) => authorization.startsWith('AWS4-');

/** Source: AWS's answers, as users report them. */
function signatureFault(authorization: string): string {
  const hashed = (text: string) => createHash('sha256').update(text).digest('base64');
  const wrong = authorization
    .replace(/^\S+\s+/, '')
    .split(',')
    .find((one) => !one.includes('='));
  if (wrong !== undefined)
    return `Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '${hashed(wrong.trim())}'.`;
  const lacking = ['Credential', 'Signature', 'SignedHeaders'].map(
    (name) => `Authorization header requires '${name}' parameter.`,
  );
  const date = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.";
  return `${[...lacking, date].join(' ')} (Hashed with SHA-256 and encoded with Base64) Authorization=${hashed(authorization)}`;
}
