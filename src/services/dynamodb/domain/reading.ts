/** What a read asks to see of items. */
import type { AttributeNameList } from '#models/dynamodb';
import type { Bindings, Path } from './expression/ast.ts';
import { Expressions, type Placeholders, refuseStray } from './expression/bind.ts';
import { legacyProjection, refuseMixed } from './legacy.ts';

export type ReadInput = Pick<Placeholders, 'ExpressionAttributeNames'> & {
  ProjectionExpression?: string | undefined;
  AttributesToGet?: AttributeNameList | undefined;
};

export type Projection = { paths: readonly Path[]; bindings: Bindings };

/** Parameters of both generations in one read. @throws {ServiceError} ValidationException */
export function refuseMixedRead(input: ReadInput): void {
  refuseMixed({ AttributesToGet: input.AttributesToGet }, { ProjectionExpression: input.ProjectionExpression });
  refuseStray({ ExpressionAttributeNames: input.ExpressionAttributeNames }, {}, input.ProjectionExpression);
}

/** The same of a batch, whose tables are one request. Source: ExtendDB/extenddb, pull request 178. @throws {ServiceError} ValidationException */
export function refuseMixedReads(inputs: readonly ReadInput[]): void {
  refuseMixed(
    { AttributesToGet: inputs.find((one) => one.AttributesToGet !== undefined) },
    { ProjectionExpression: inputs.find((one) => one.ProjectionExpression !== undefined) },
  );
}

/** The paths wanted, by expression or by name; undefined for all. @throws {ServiceError} ValidationException */
export function projectionOf(input: ReadInput): Projection | undefined {
  const { ProjectionExpression: text, AttributesToGet: names, ExpressionAttributeNames: placeholders } = input;
  if (text === undefined && names === undefined && placeholders === undefined) return undefined;
  refuseMixedRead(input);
  const expressions = new Expressions({ ExpressionAttributeNames: placeholders }, {}, text);
  const paths = expressions.projection(text);
  expressions.finish();
  if (paths !== undefined) return { paths, bindings: expressions.bindings };
  return names === undefined ? undefined : legacyProjection(names);
}
