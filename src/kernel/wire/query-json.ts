/** Answers of services of the query protocol in JSON, for who asks for that, as integrations of API Gateway do. */
import { membersOf, shapeOf } from './codec.ts';
import type { JsonCodec } from './codec-json.ts';
import type { ServiceModel } from './model.ts';
import { operationOf } from './protocol.ts';

/**
 * Members stand in the order of their names, at every depth; those without a value are there as null.
 * Source: AWS's answers as quoted in aws-samples/serverless-patterns, APIGateway-SQS-ReceiveMessages, README, and by justeattakeaway/JustSaying.
 *
 * @param output what the operation gave
 */
export function queryJson(
  model: ServiceModel,
  codec: JsonCodec,
  operation: string,
  output: object,
  requestId: string,
): object {
  const { resultWrapper, output: shape } = operationOf(model, operation);
  const ResponseMetadata = { RequestId: requestId };
  if (shape === undefined) return { [`${operation}Response`]: { ResponseMetadata } };
  const result = whole(model, shape, codec.bodyWriter(shape)(output));
  return { [`${operation}Response`]: { [resultWrapper ?? `${operation}Result`]: result, ResponseMetadata } };
}

function whole(model: ServiceModel, name: string, value: unknown): unknown {
  if (value === undefined || value === null) return null;
  const shape = shapeOf(model, name);
  const { member, value: entry } = shape;
  if (Array.isArray(value)) return member === undefined ? value : value.map((one) => whole(model, member.shape, one));
  if (shape.type === 'structure') {
    const given = value as Record<string, unknown>;
    const members = membersOf(model, shape).map(
      ([key, one]) => [one.queryJsonName ?? key, whole(model, one.shape, given[key])] as const,
    );
    return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  if (shape.type === 'map' && entry !== undefined)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, whole(model, entry.shape, one)]));
  return value;
}
