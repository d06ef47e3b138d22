/** OpenAPI documents that clients send. */
import { DocumentError, OpenApi } from '../domain/openapi.ts';
import { badRequest } from '../errors.ts';

/** @throws {ServiceError} BadRequestException */
export function readDocument(body: Uint8Array): OpenApi {
  try {
    return new OpenApi(body);
  } catch (error) {
    if (error instanceof DocumentError) throw badRequest(error.message);
    throw error;
  }
}
