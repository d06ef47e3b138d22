/** What each new API has from the beginning. Source: API Gateway Developer Guide, "Data models for REST APIs". */
import type { Ctx } from '#kernel/contract';
import type { RestApi } from '#models/api-gateway';
import { models } from '../state.ts';
import { newId, save } from './noun.ts';

const DEFAULT_MODELS = [
  {
    name: 'Empty',
    description: 'This is a default empty schema model',
    schema:
      '{\n  "$schema": "http://json-schema.org/draft-04/schema#",\n  "title" : "Empty Schema",\n  "type" : "object"\n}',
  },
  {
    name: 'Error',
    description: 'This is a default error schema model',
    schema:
      '{\n  "$schema" : "http://json-schema.org/draft-04/schema#",\n  "title" : "Error Schema",\n  "type" : "object",\n  "properties" : {\n    "message" : { "type" : "string" }\n  }\n}',
  },
];

/** Gives a new API its models. In a transaction. */
export function addDefaults(ctx: Ctx, { id = '' }: RestApi): void {
  for (const model of DEFAULT_MODELS)
    save(models, ctx, id, model.name, { id: newId(ctx, 6), ...model, contentType: 'application/json' });
}
