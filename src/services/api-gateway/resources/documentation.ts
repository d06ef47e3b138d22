/** Documentation of APIs. */
import { isGone, type Properties, type ResourceTypes } from '#kernel/contract';
import type { DocumentationPartLocation } from '#models/api-gateway';
import { compact } from '../domain/noun.ts';
import { ifThere, madeOnce, madeWith, patchesOf, shownAs, text } from './values.ts';

const apiOf = ({ RestApiId }: Properties) => String(RestApiId);

function locationOf({ Location }: Properties): DocumentationPartLocation {
  const { Type, Path, Method, StatusCode, Name } = Location as Properties;
  return compact<DocumentationPartLocation>({
    type: String(Type) as DocumentationPartLocation['type'],
    path: text(Path),
    method: text(Method),
    statusCode: text(StatusCode),
    name: text(Name),
  });
}

export const documentationTypes: ResourceTypes = {
  'AWS::ApiGateway::DocumentationPart': {
    async create(properties, { aws }) {
      const { id = '' } = await aws['api-gateway'].CreateDocumentationPart({
        restApiId: apiOf(properties),
        location: locationOf(properties),
        properties: String(properties.Properties),
      });
      return madeWith(id, 'DocumentationPartId');
    },
    async update(documentationPartId, properties, before, { aws }) {
      const patchOperations = patchesOf(before, properties, { Properties: '/properties' });
      const restApiId = apiOf(properties);
      await aws['api-gateway'].UpdateDocumentationPart({ restApiId, documentationPartId, patchOperations });
      return madeWith(documentationPartId, 'DocumentationPartId');
    },
    delete: (documentationPartId, properties, { aws }) =>
      isGone(
        'NotFoundException',
        aws['api-gateway'].DeleteDocumentationPart({ restApiId: apiOf(properties), documentationPartId }),
      ),
    async read(documentationPartId, properties, { aws }) {
      const at = { restApiId: apiOf(properties), documentationPartId };
      const shown = await ifThere('NotFoundException', aws['api-gateway'].GetDocumentationPart(at));
      return shown && shownAs(properties, { properties: shown.properties });
    },
  },
  'AWS::ApiGateway::DocumentationVersion': {
    async create(properties, scope) {
      const gateway = scope.aws['api-gateway'];
      const at = { restApiId: apiOf(properties), documentationVersion: String(properties.DocumentationVersion) };
      await madeOnce(
        scope,
        () => gateway.CreateDocumentationVersion({ ...at, ...compact({ description: text(properties.Description) }) }),
        () => ifThere('NotFoundException', gateway.GetDocumentationVersion(at)),
      );
      return { id: at.documentationVersion, attributes: {} };
    },
    async update(documentationVersion, properties, before, { aws }) {
      const patchOperations = patchesOf(before, properties, { Description: '/description' });
      const restApiId = apiOf(properties);
      await aws['api-gateway'].UpdateDocumentationVersion({ restApiId, documentationVersion, patchOperations });
      return { id: documentationVersion, attributes: {} };
    },
    delete: (documentationVersion, properties, { aws }) =>
      isGone(
        'NotFoundException',
        aws['api-gateway'].DeleteDocumentationVersion({ restApiId: apiOf(properties), documentationVersion }),
      ),
    async read(documentationVersion, properties, { aws }) {
      const at = { restApiId: apiOf(properties), documentationVersion };
      const shown = await ifThere('NotFoundException', aws['api-gateway'].GetDocumentationVersion(at));
      return shown && shownAs(properties, { description: shown.description });
    },
  },
};
