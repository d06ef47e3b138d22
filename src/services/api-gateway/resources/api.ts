/** REST APIs and their paths. */
import { isGone, type Properties, type ResourceScope, type ResourceTypes, tagsOf, textOf } from '#kernel/contract';
import type { CreateRestApiRequest } from '#models/api-gateway';
import { compact } from '../domain/noun.ts';
import {
  endpointOf,
  escaped,
  flag,
  ifThere,
  madeOnce,
  number,
  type Patch,
  patchesOf,
  retag,
  shownAs,
  text,
  texts,
} from './values.ts';

const PATHS: Parameters<typeof patchesOf>[2] = {
  Name: '/name',
  Description: '/description',
  Version: '/version',
  Policy: '/policy',
  ApiKeySourceType: ['/apiKeySource', 'HEADER'],
  MinimumCompressionSize: '/minimumCompressionSize',
  DisableExecuteApiEndpoint: ['/disableExecuteApiEndpoint', 'false'],
  SecurityPolicy: ['/securityPolicy', 'TLS_1_0'],
  EndpointAccessMode: '/endpointAccessMode',
};

/** Templates write `~1` for the slash of a media type; a slash will do. Source: Template Reference, "AWS::ApiGateway::RestApi", BinaryMediaTypes. */
function mediaTypes(given: unknown): string[] {
  return ((given ?? []) as string[]).map((type) => type.replaceAll('~1', '/'));
}

function mediaTypePatches(before: unknown, after: unknown): Patch[] {
  const [old, now] = [mediaTypes(before), mediaTypes(after)];
  const path = (type: string) => `/binaryMediaTypes/${escaped(type)}`;
  return [
    ...old.filter((type) => !now.includes(type)).map((type): Patch => ({ op: 'remove', path: path(type) })),
    ...now.filter((type) => !old.includes(type)).map((type): Patch => ({ op: 'add', path: path(type) })),
  ];
}

/** Where a template keeps what an import gets; undefined where it imports nothing. */
async function bodyOf({ Body, BodyS3Location }: Properties, { aws }: ResourceScope): Promise<Uint8Array | undefined> {
  if (Body !== undefined) return Buffer.from(typeof Body === 'string' ? Body : JSON.stringify(Body));
  if (BodyS3Location === undefined) return undefined;
  const { Bucket = '', Key = '', Version } = BodyS3Location as { Bucket?: string; Key?: string; Version?: string };
  const { Body: stream } = await aws.s3.GetObject({
    Bucket,
    Key,
    ...(Version !== undefined && { VersionId: Version }),
  });
  const pieces: Uint8Array[] = [];
  for await (const piece of (stream ?? []) as AsyncIterable<Uint8Array>) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function putBody(restApiId: string, properties: Properties, scope: ResourceScope): Promise<void> {
  const body = await bodyOf(properties, scope);
  if (body === undefined) return;
  const gateway = scope.aws['api-gateway'];
  const { name } = await gateway.PutRestApi({
    restApiId,
    mode: textOf(properties.Mode) === 'merge' ? 'merge' : 'overwrite',
    failOnWarnings: flag(properties.FailOnWarnings),
    parameters: texts(properties.Parameters),
    body,
  });
  // A name of the template's own is above the title of what is imported. Source: aws/serverless-application-model, issue 113.
  const own = text(properties.Name);
  if (own === undefined || own === name) return;
  await gateway.UpdateRestApi({ restApiId, patchOperations: [{ op: 'replace', path: '/name', value: own }] });
}

function given(properties: Properties, scope: ResourceScope): CreateRestApiRequest {
  return compact<CreateRestApiRequest>({
    name: text(properties.Name) ?? scope.name(64),
    description: text(properties.Description),
    version: text(properties.Version),
    cloneFrom: text(properties.CloneFrom),
    binaryMediaTypes: properties.BinaryMediaTypes === undefined ? undefined : mediaTypes(properties.BinaryMediaTypes),
    minimumCompressionSize: number(properties.MinimumCompressionSize),
    apiKeySource: text(properties.ApiKeySourceType) as 'HEADER' | undefined,
    endpointConfiguration: endpointOf(properties.EndpointConfiguration),
    policy: text(properties.Policy),
    securityPolicy: text(properties.SecurityPolicy) as CreateRestApiRequest['securityPolicy'],
    endpointAccessMode: text(properties.EndpointAccessMode) as CreateRestApiRequest['endpointAccessMode'],
    tags: tagsOf(properties, scope),
    disableExecuteApiEndpoint: flag(properties.DisableExecuteApiEndpoint),
  });
}

async function made(restApiId: string, { aws }: ResourceScope) {
  const { rootResourceId } = await aws['api-gateway'].GetRestApi({ restApiId });
  return { id: restApiId, attributes: { RestApiId: restApiId, RootResourceId: rootResourceId } };
}

export const apiTypes: ResourceTypes = {
  'AWS::ApiGateway::RestApi': {
    async create(properties, scope) {
      const { id = '' } = await scope.aws['api-gateway'].CreateRestApi(given(properties, scope));
      scope.begun(id);
      await putBody(id, properties, scope);
      return made(id, scope);
    },
    async update(restApiId, properties, before, scope) {
      const gateway = scope.aws['api-gateway'];
      const { Name = before.Name } = properties;
      const patchOperations = patchesOf(before, { ...properties, Name }, PATHS);
      patchOperations.push(...mediaTypePatches(before.BinaryMediaTypes, properties.BinaryMediaTypes));
      const [types, now] = [before, properties].map((one) => endpointOf(one.EndpointConfiguration)?.types?.join(','));
      if (types !== now)
        patchOperations.push({ op: 'replace', path: '/endpointConfiguration/types', value: now ?? 'EDGE' });
      if (patchOperations.length > 0) await gateway.UpdateRestApi({ restApiId, patchOperations });
      const isBodyChanged =
        JSON.stringify([before.Body, before.BodyS3Location, before.Parameters]) !==
        JSON.stringify([properties.Body, properties.BodyS3Location, properties.Parameters]);
      if (isBodyChanged) await putBody(restApiId, properties, scope);
      await retag(`restapis/${restApiId}`, properties, before, scope);
      return made(restApiId, scope);
    },
    delete: (restApiId, _, { aws }) => isGone('NotFoundException', aws['api-gateway'].DeleteRestApi({ restApiId })),
    async read(restApiId, properties, { aws }) {
      const shown = await ifThere('NotFoundException', aws['api-gateway'].GetRestApi({ restApiId }));
      const wanted = (properties.BinaryMediaTypes ?? []) as string[];
      const binaryMediaTypes = shown?.binaryMediaTypes?.map(
        (type) => wanted.find((one) => mediaTypes([one])[0] === type) ?? type,
      );
      // API Gateway shows the quotes of a policy escaped.
      const policy = shown?.policy && JSON.parse(shown.policy.replaceAll('\\"', '"'));
      return shown && shownAs(properties, { ...shown, binaryMediaTypes, policy, apiKeySourceType: shown.apiKeySource });
    },
  },
  'AWS::ApiGateway::Resource': {
    async create({ RestApiId, ParentId, PathPart }, scope) {
      const gateway = scope.aws['api-gateway'];
      const restApiId = String(RestApiId);
      const input = { restApiId, parentId: String(ParentId), pathPart: String(PathPart) };
      const { id = '' } = await madeOnce(
        scope,
        () => gateway.CreateResource(input),
        async () => {
          const { items = [] } = await gateway.GetResources({ restApiId, limit: 500 });
          return items.find(({ parentId, pathPart }) => parentId === input.parentId && pathPart === input.pathPart);
        },
      );
      return { id, attributes: { ResourceId: id } };
    },
    delete: (resourceId, { RestApiId }, { aws }) =>
      isGone('NotFoundException', aws['api-gateway'].DeleteResource({ restApiId: String(RestApiId), resourceId })),
    async read(resourceId, properties, { aws }) {
      const shown = await ifThere(
        'NotFoundException',
        aws['api-gateway'].GetResource({ restApiId: String(properties.RestApiId), resourceId }),
      );
      return shown && shownAs(properties, shown);
    },
  },
};
