/** The certificate by which whoever gets a notification verifies it, for anybody to read. */
import type { PageRule } from '#kernel/contract';
import { certificateNamed } from './domain/certificate.ts';

/** GET of the certificate; any other request is none of a page. */
export const page: PageRule = ({ method, path }) =>
  method === 'GET' && /^\/SimpleNotificationService-[0-9a-f]+\.pem$/.test(path)
    ? async (ctx) => {
        const certificate = certificateNamed(path, ctx.store);
        return certificate === undefined
          ? { status: 404, headers: { 'content-type': 'text/plain' }, body: 'Not Found' }
          : { status: 200, headers: { 'content-type': 'application/x-pem-file' }, body: certificate };
      }
    : undefined;
