/** What S3 refuses of requests from other origins. Source: S3 API Reference, "OPTIONS object"; answers recorded from AWS. */
import { errorsOf } from '#kernel/contract';

const error = errorsOf('s3');

export const corsWithoutBucket = (Method: string) =>
  error('AccessForbidden', 'CORSResponse: Bucket not found', { Method, ResourceType: 'BUCKET' });
export const corsMethod = (method: string) => error('BadRequest', `Invalid Access-Control-Request-Method: ${method}`);
export const corsDisabled = (Method: string) =>
  error('AccessForbidden', 'CORSResponse: CORS is not enabled for this bucket.', { Method, ResourceType: 'BUCKET' });
export const corsUnsaid = () => error('BadRequest', 'Insufficient information. Origin request header needed.');
export const corsRefused = (Method: string) =>
  error(
    'AccessForbidden',
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
    { Method, ResourceType: 'OBJECT' },
  );
