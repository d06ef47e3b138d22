/** Certificates that backends know API Gateway by. */
import { isGone, type ResourceTypes, tagsOf } from '#kernel/contract';
import { compact } from '../domain/noun.ts';
import { ifThere, madeWith, patchesOf, retag, shownAs, text } from './values.ts';

export const clientCertificateTypes: ResourceTypes = {
  'AWS::ApiGateway::ClientCertificate': {
    async create(properties, scope) {
      const { clientCertificateId = '' } = await scope.aws['api-gateway'].GenerateClientCertificate(
        compact<{ description: string; tags: { [key: string]: string } }>({
          description: text(properties.Description),
          tags: tagsOf(properties, scope),
        }),
      );
      return madeWith(clientCertificateId, 'ClientCertificateId');
    },
    async update(clientCertificateId, properties, before, scope) {
      const patchOperations = patchesOf(before, properties, { Description: '/description' });
      await scope.aws['api-gateway'].UpdateClientCertificate({ clientCertificateId, patchOperations });
      await retag(`clientcertificates/${clientCertificateId}`, properties, before, scope);
      return madeWith(clientCertificateId, 'ClientCertificateId');
    },
    delete: (clientCertificateId, _, { aws }) =>
      isGone('NotFoundException', aws['api-gateway'].DeleteClientCertificate({ clientCertificateId })),
    async read(clientCertificateId, properties, { aws }) {
      const reading = aws['api-gateway'].GetClientCertificate({ clientCertificateId });
      const shown = await ifThere('NotFoundException', reading);
      return shown && shownAs(properties, shown);
    },
  },
};
