/** HTTP APIs given out as OpenAPI documents, and samples of what models describe. */
import { stringify } from 'yaml';
import { type Handler, raise } from '#kernel/contract';
import { sampleTemplate } from '../../api-gateway/port.ts';
import { snapshotOf } from '../domain/deploy.ts';
import { documentOf } from '../domain/export.ts';
import { find, findApi } from '../domain/part.ts';
import { badRequest } from '../errors.ts';
import { models, snapshots, stages } from '../state.ts';

type V2 = 'apigatewayv2';

export const exportApi: Handler<V2, 'ExportApi'> = (input, ctx) => {
  const { ApiId, Specification, OutputType, ExportVersion = '1.0', IncludeExtensions = true, StageName } = input;
  const api = findApi(ctx, ApiId);
  if (api.ProtocolType !== 'HTTP') throw badRequest('Only HTTP APIs can be exported');
  if (Specification !== 'OAS30') throw badRequest('Invalid specification: the only supported value is OAS30');
  if (OutputType !== 'JSON' && OutputType !== 'YAML') throw badRequest('Invalid output type: must be JSON or YAML');
  if (ExportVersion !== '1.0') throw badRequest('Invalid export version: the only supported value is 1.0');
  const stage = StageName === undefined ? undefined : find(stages, 'Stage', ctx, ApiId, StageName);
  const deployed = stage && ctx.store.get(snapshots, { owner: ApiId, id: stage.DeploymentId ?? '' })?.value;
  const snapshot =
    stage === undefined ? snapshotOf(ctx, api) : (deployed ?? raise(badRequest('The stage has no deployment')));
  const version = api.Version ?? new Date(ctx.now).toISOString().replace(/\.\d+/, '');
  const document = documentOf(snapshot, version, StageName, IncludeExtensions);
  const text =
    OutputType === 'YAML' ? stringify(document, { aliasDuplicateObjects: false }) : JSON.stringify(document, null, 2);
  return { body: Buffer.from(text) };
};

export const getModelTemplate: Handler<V2, 'GetModelTemplate'> = ({ ApiId, ModelId }, ctx) => {
  findApi(ctx, ApiId);
  const { Schema = '{}' } = find(models, 'Model', ctx, ApiId, ModelId);
  return { Value: sampleTemplate(Schema, () => undefined) };
};
