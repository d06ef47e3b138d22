/** What experiments can do, and to what. */
import { type Ctx, type Handler, raise } from '#kernel/contract';
import { ACTIONS, type ActionKind } from '../catalog/actions.ts';
import { TARGET_TYPES } from '../catalog/types.ts';
import { arnOf } from '../domain/find.ts';
import { pageAmong } from '../domain/page.ts';
import { noAction, noTargetType } from '../errors.ts';

const idOf = ({ id }: { id: string }) => id;

export const getAction: Handler<'fis', 'GetAction'> = ({ id }, ctx) => {
  const kind = ACTIONS.get(id) ?? raise(noAction(id, true));
  const parameters = Object.entries(kind.parameters).map(([name, { description, required }]) => [
    name,
    { description, required },
  ]);
  return {
    action: {
      ...summaryOf(kind, ctx),
      ...(parameters.length > 0 && { parameters: Object.fromEntries(parameters) }),
    },
  };
};

export const listActions: Handler<'fis', 'ListActions'> = (input, ctx) => {
  const { page, rest } = pageAmong(input, [...ACTIONS.values()], idOf);
  return { actions: page.map((kind) => summaryOf(kind, ctx)), ...rest };
};

export const getTargetResourceType: Handler<'fis', 'GetTargetResourceType'> = ({ resourceType }) => {
  const { id, description, parameters } = TARGET_TYPES.get(resourceType) ?? raise(noTargetType(resourceType, true));
  return { targetResourceType: { resourceType: id, description, parameters } };
};

export const listTargetResourceTypes: Handler<'fis', 'ListTargetResourceTypes'> = (input) => {
  const { page, rest } = pageAmong(input, [...TARGET_TYPES.values()], idOf);
  return { targetResourceTypes: page.map(({ id, description }) => ({ resourceType: id, description })), ...rest };
};

function summaryOf({ id, description, targets }: ActionKind, ctx: Ctx) {
  const named = Object.entries(targets).map(([key, resourceType]) => [key, { resourceType }]);
  return {
    id,
    arn: arnOf('action', id, ctx),
    description,
    ...(named.length > 0 && { targets: Object.fromEntries(named) }),
    tags: {},
  };
}
