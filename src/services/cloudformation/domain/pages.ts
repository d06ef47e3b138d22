/** Tokens of pages as clients get them: each is of the list that gave it out, and of no other. */
import { types } from 'node:util';
import { readToken, writeToken } from '#kernel/base';
import type { Ctx, Handlers, NotBuilt } from '#kernel/contract';
import { notAToken } from '../errors.ts';

type Paged = { NextToken?: string | undefined };
type List = (input: Paged, ctx: Ctx) => Paged | Promise<Paged>;

/** Operations whose lists see their own marks of places where clients see tokens. */
export function withTokens(operations: Handlers<'cloudformation'>): Handlers<'cloudformation'> {
  const wrapped = Object.entries(operations as { [name: string]: List | NotBuilt }).map(([name, handler]) => [
    name,
    typeof handler === 'function' ? paged(name, handler) : handler,
  ]);
  return Object.fromEntries(wrapped) as Handlers<'cloudformation'>;
}

/** Async where the handler is: only one that is not is a transaction. */
function paged(list: string, handler: List): List {
  const open = (input: Paged): Paged =>
    input.NextToken === undefined ? input : { ...input, NextToken: markOf(list, input.NextToken) };
  const seal = (answer: Paged): Paged =>
    answer.NextToken === undefined ? answer : { ...answer, NextToken: writeToken([list, answer.NextToken]) };
  return types.isAsyncFunction(handler)
    ? async (input, ctx) => seal(await handler(open(input), ctx))
    : (input, ctx) => seal(handler(open(input), ctx) as Paged);
}

/** @throws {ServiceError} ValidationError */
function markOf(list: string, token: string): string {
  const place = readToken(token);
  const [name, mark] = Array.isArray(place) ? (place as unknown[]) : [];
  if (name === list && typeof mark === 'string') return mark;
  throw notAToken(token);
}
