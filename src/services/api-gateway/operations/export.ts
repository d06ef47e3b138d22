/** APIs given out as OpenAPI documents. */
import { stringify } from 'yaml';
import { type Ctx, type Handler, notBuilt, raise } from '#kernel/contract';
import { documentOf } from '../domain/export.ts';
import { EXTENSION, type Json } from '../domain/openapi.ts';
import { badRequest } from '../errors.ts';
import { deployments, documentationVersions, snapshots } from '../state.ts';
import { findStage } from './stage.ts';

type Api = 'api-gateway';

const VERSIONS: { readonly [type: string]: 2 | 3 } = { swagger: 2, oas30: 3 };

/** Source: API Gateway API Reference, GetExport: parameters. */
export const getExport: Handler<Api, 'GetExport'> = (input, ctx) => {
  const { restApiId, stageName, exportType, parameters = {}, accepts = 'application/json' } = input;
  const version =
    VERSIONS[exportType] ?? raise(badRequest(`Invalid exportType: ${exportType}. Valid values are [oas30, swagger]`));
  const asked = (parameters.extensions ?? '').split(',').map((one) => one.trim());
  if (asked.includes('postman')) throw notBuilt("exports with Postman's extensions (extensions)");
  const { deploymentId = '', documentationVersion } = findStage(ctx, restApiId, stageName);
  const key = { owner: restApiId, id: deploymentId };
  const snapshot = ctx.store.get(snapshots, key)?.value ?? raise(badRequest('Deployment id does not exist'));
  const createdAt = ctx.store.get(deployments, key)?.value.createdDate ?? ctx.now;
  const hasIntegrations = asked.includes('integrations') || asked.includes('apigateway');
  const document = documentOf(
    snapshot,
    snapshot.api.version ?? new Date(createdAt).toISOString().replace(/\.\d+/, ''),
    { host: `${restApiId}.execute-api.${ctx.region}.localhost${portOf(ctx)}`, stage: stageName },
    { version, hasIntegrations, hasAuthorizers: asked.includes('authorizers') || asked.includes('apigateway') },
  );
  if (asked.includes('documentation') || asked.includes('apigateway')) {
    const told = documentationOf(ctx, restApiId, documentationVersion);
    if (told !== undefined) document[`${EXTENSION}documentation`] = told;
  }
  const isYaml = accepts.includes('yaml');
  return {
    contentType: isYaml ? 'application/yaml' : 'application/json',
    contentDisposition: `attachment; filename="${exportType}_${new Date(ctx.now).toISOString().replace(/\.\d+/, '')}.${isYaml ? 'yaml' : 'json'}"`,
    body: Buffer.from(
      isYaml ? stringify(document, { aliasDuplicateObjects: false }) : JSON.stringify(document, null, 2),
    ),
  };
};

function portOf(ctx: Ctx): string {
  const { port } = new URL(ctx.endpoint);
  return port === '' ? '' : `:${port}`;
}

function documentationOf(ctx: Ctx, api: string, id: string | undefined): Json | undefined {
  const version = id === undefined ? undefined : ctx.store.get(documentationVersions, { owner: api, id })?.value;
  if (version === undefined) return undefined;
  return {
    version: version.version,
    createdDate: new Date(version.createdDate ?? 0).toISOString(),
    documentationParts: version.parts.map(({ location, properties = '{}' }) => ({
      location,
      properties: JSON.parse(properties),
    })),
  };
}
