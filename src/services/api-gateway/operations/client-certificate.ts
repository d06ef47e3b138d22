/** Certificates by which backends know that it is API Gateway that calls. Source: API Gateway Developer Guide, "Generate and configure an SSL certificate for backend authentication". */
import { DAY, wholeSecond } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import type { ClientCertificate } from '#models/api-gateway';
import { keepKey } from '../domain/client-key.ts';
import { compact, find, newId, page, save } from '../domain/noun.ts';
import { patched } from '../domain/patch.ts';
import { tooMany } from '../errors.ts';
import { CLIENT_CERTIFICATES_MAX } from '../limits.ts';
import { clientCertificates, clientKeys } from '../state.ts';

type Api = 'api-gateway';

const LIFE = 365 * DAY;

export const generateClientCertificate: Handler<Api, 'GenerateClientCertificate'> = async (input, ctx) => {
  const known = ctx.store.list(clientCertificates, { where: { owner: '' }, limit: CLIENT_CERTIFICATES_MAX });
  if (known.length >= CLIENT_CERTIFICATES_MAX) throw tooMany('Client Certificates', 'account');
  const [createdDate, expirationDate] = [wholeSecond(ctx.now), wholeSecond(ctx.now) + LIFE];
  const { cert, key } = await ctx.authority.client({ name: 'ApiGateway', from: createdDate, until: expirationDate });
  return ctx.transact(() => {
    const clientCertificateId = newId(ctx, 6);
    keepKey(ctx, clientCertificateId, key);
    const value = compact<ClientCertificate>({
      clientCertificateId,
      description: input.description,
      pemEncodedCertificate: cert,
      createdDate,
      expirationDate,
      tags: input.tags,
    });
    return save(clientCertificates, ctx, '', clientCertificateId, value);
  });
};

const findCertificate = (ctx: Ctx, id: string): ClientCertificate =>
  find(clientCertificates, 'Client Certificate', ctx, '', id);

export const getClientCertificate: Handler<Api, 'GetClientCertificate'> = ({ clientCertificateId: id }, ctx) =>
  findCertificate(ctx, id);

export const getClientCertificates: Handler<Api, 'GetClientCertificates'> = (input, ctx) =>
  page(clientCertificates, ctx, '', input);

export const updateClientCertificate: Handler<Api, 'UpdateClientCertificate'> = (
  { clientCertificateId: id, patchOperations },
  ctx,
) => {
  const value = patched(findCertificate(ctx, id), patchOperations, { '/description': 'text' });
  return save(clientCertificates, ctx, '', id, value);
};

/** Deviation: also one that a stage shows; that calls its backends without any from then on. */
export const deleteClientCertificate: Handler<Api, 'DeleteClientCertificate'> = ({ clientCertificateId: id }, ctx) => {
  findCertificate(ctx, id);
  ctx.store.delete(clientCertificates, { owner: '', id });
  ctx.store.delete(clientKeys, { id });
  return {};
};
