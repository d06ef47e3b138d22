/** Whose tokens an API trusts. Source: API Gateway Developer Guide, "Create a JWT authorizer for a REST API". */
import type { Ctx } from '#kernel/contract';
import type { JwtConfiguration } from '#models/api-gateway';
import { badRequest } from '../errors.ts';
import { IssuerError, keysAddress } from '../execute/issuer.ts';

/**
 * Deviation: AWS's texts are not known; an issuer of this machine may do without TLS.
 *
 * @throws {ServiceError} BadRequestException
 */
export function checkTrust({ issuers = [], defaultAlgorithms = [] }: JwtConfiguration): void {
  if (issuers.length === 0) throw badRequest('At least one issuer must be specified.');
  if (defaultAlgorithms.length === 0) throw badRequest('At least one signing algorithm must be specified.');
  const names = issuers.map(({ issuer = '' }) => issuer);
  const bad = names.find((name) => !isIssuer(name));
  if (bad !== undefined)
    throw badRequest(
      `Invalid issuer: ${bad}. An issuer must be an absolute https URL with no query string or fragment.`,
    );
  if (new Set(names).size < names.length) throw badRequest('An issuer can only be specified once.');
  if (issuers.some(({ audiences = [] }) => audiences.length === 0))
    throw badRequest('At least one audience must be specified for each issuer.');
}

function isIssuer(text: string): boolean {
  const url = URL.parse(text);
  const isHere = url?.protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
  return url !== null && (url.protocol === 'https:' || isHere) && !/[?#]/.test(text);
}

/** With the addresses of the issuers' keys. @throws {ServiceError} BadRequestException for an issuer that can't be read */
export async function discovered(ctx: Ctx, { issuers = [], ...rest }: JwtConfiguration): Promise<JwtConfiguration> {
  try {
    const found = await Promise.all(
      issuers.map(async (one) => ({ ...one, jwksUri: await keysAddress(ctx, one.issuer ?? '') })),
    );
    return { ...rest, issuers: found };
  } catch (error) {
    throw error instanceof IssuerError ? badRequest(`Invalid issuer: ${error.message}`) : error;
  }
}
