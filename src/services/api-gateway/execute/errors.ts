/** What API Gateway answers by itself. Source: API Gateway Developer Guide, "Gateway response types for API Gateway"; texts as recorded from AWS. */
import { GatewayFault } from './gateway-responses.ts';

export const missingToken = () => new GatewayFault('MISSING_AUTHENTICATION_TOKEN', 'Missing Authentication Token');
export const internalError = () => new GatewayFault('DEFAULT_5XX', 'Internal server error');
export const configurationError = () => new GatewayFault('API_CONFIGURATION_ERROR', 'Internal server error');
export const timedOut = () => new GatewayFault('INTEGRATION_TIMEOUT', 'Endpoint request timed out');
export const networkError = () => new GatewayFault('INTEGRATION_FAILURE', 'Internal server error');
export const throttled = () => new GatewayFault('THROTTLED', 'Too Many Requests');
export const quotaExceeded = () => new GatewayFault('QUOTA_EXCEEDED', 'Limit Exceeded');
export const forbidden = () => new GatewayFault('INVALID_API_KEY', 'Forbidden');
/** Lambda takes a call's parameters for wrong. Source: AWS's answers to calls without a tenant, as users report them. */
export const badCall = (message: string) => new GatewayFault('BAD_REQUEST_PARAMETERS', message);
export const unauthorized = () => new GatewayFault('UNAUTHORIZED', 'Unauthorized');
export const badAuthorizer = () => new GatewayFault('AUTHORIZER_CONFIGURATION_ERROR', null);
export const requestTooLarge = (max: number) =>
  new GatewayFault('REQUEST_TOO_LARGE', `HTTP content length exceeded ${max} bytes.`);
export const accessDenied = (isExplicit: boolean) =>
  new GatewayFault(
    'ACCESS_DENIED',
    isExplicit
      ? 'User is not authorized to access this resource with an explicit deny'
      : 'User is not authorized to access this resource',
  );
