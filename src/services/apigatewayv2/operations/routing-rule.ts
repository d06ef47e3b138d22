/** Routing rules of custom domain names. Source: API Gateway Developer Guide, "Routing rules to connect API stages to a custom domain name". */
import { type Ctx, type Handler, raise } from '#kernel/contract';
import type { RoutingRule, RoutingRuleAction, RoutingRuleCondition } from '#models/apigatewayv2';
import { hasDomain, hasRestStage, newId, routingRules } from '../../api-gateway/port.ts';
import { all, find, page } from '../domain/part.ts';
import { badRequest, conflict, notFound } from '../errors.ts';
import { HEADER_CONDITIONS_MAX, ROUTING_RULES_MAX } from '../limits.ts';

type V2 = 'apigatewayv2';

const HEADER = /^[\w*?!#$%&'.^`|~-]{1,40}$/;
const GLOB = /^\*?[\w?!#$%&'.^`|~=+:;,/@ -]{0,126}\*?$/;
const BASE_PATH = /^[\w$.+!'(),~-]+(\/[\w$.+!'(),~-]+)*$/;

/** A domain name has rules whichever API it was made by. @throws {ServiceError} NotFoundException */
function ownerOf(ctx: Ctx, given: string): string {
  const name = given.toLowerCase();
  return hasDomain(ctx, name) ? name : raise(notFound('Invalid domain name identifier specified'));
}

const exactlyOne = (conditions: readonly RoutingRuleCondition[]) =>
  conditions.every(({ MatchBasePaths: paths, MatchHeaders: headers }) =>
    paths === undefined ? headers?.AnyOf.length === 1 : headers === undefined && paths.AnyOf.length === 1,
  );

/** Deviation: the texts of AWS are not known. */
function check(ctx: Ctx, owner: string, rule: RoutingRule): void {
  const { Actions = [], Conditions = [], Priority = 0, RoutingRuleId: id } = rule;
  const [action] = Actions;
  if (action === undefined || Actions.length > 1) throw badRequest('A routing rule must have exactly one action');
  if (!exactlyOne(Conditions))
    throw badRequest('Each condition of a routing rule must match exactly one header or one base path');
  const headers = Conditions.flatMap(({ MatchHeaders }) => MatchHeaders?.AnyOf ?? []);
  const paths = Conditions.flatMap(({ MatchBasePaths }) => MatchBasePaths?.AnyOf ?? []);
  if (headers.length > HEADER_CONDITIONS_MAX || paths.length > 1)
    throw badRequest('A routing rule can have at most two conditions of headers and one of base paths');
  for (const { Header, ValueGlob } of headers) {
    if (!HEADER.test(Header)) throw badRequest(`Invalid header name specified: ${Header}`);
    if (!GLOB.test(ValueGlob)) throw badRequest(`Invalid header value glob specified: ${ValueGlob}`);
  }
  for (const path of paths) if (!BASE_PATH.test(path)) throw badRequest(`Invalid base path specified: ${path}`);
  const { ApiId, Stage } = action.InvokeApi;
  if (!hasRestStage(ctx, ApiId, Stage))
    throw badRequest('Invalid API or stage identifier specified: routing rules lead to stages of REST APIs');
  const others = all(routingRules, ctx, owner).filter(({ RoutingRuleId }) => RoutingRuleId !== id);
  if (others.some((one) => one.Priority === Priority))
    throw conflict(`A routing rule with priority ${Priority} already exists for this domain name`);
  if (others.length >= ROUTING_RULES_MAX)
    throw badRequest(`A domain name can have at most ${ROUTING_RULES_MAX} routing rules`);
}

type Given = { Actions: RoutingRuleAction[]; Conditions: RoutingRuleCondition[]; Priority: number };

function keep(ctx: Ctx, owner: string, RoutingRuleId: string, { Actions, Conditions, Priority }: Given): RoutingRule {
  const { partition, region, account } = ctx;
  const RoutingRuleArn = `arn:${partition}:apigateway:${region}:${account}:/domainnames/${owner}/routingrules/${RoutingRuleId}`;
  const value: RoutingRule = {
    Actions: Actions.map(({ InvokeApi }) => ({ InvokeApi: { StripBasePath: false, ...InvokeApi } })),
    Conditions,
    Priority,
    RoutingRuleArn,
    RoutingRuleId,
  };
  check(ctx, owner, value);
  ctx.store.put(routingRules, { owner, id: RoutingRuleId, value });
  return value;
}

const findRule = (ctx: Ctx, owner: string, id: string) => find(routingRules, 'RoutingRule', ctx, owner, id);

export const createRoutingRule: Handler<V2, 'CreateRoutingRule'> = (input, ctx) =>
  keep(ctx, ownerOf(ctx, input.DomainName), newId(ctx, 6), input);

export const putRoutingRule: Handler<V2, 'PutRoutingRule'> = (input, ctx) => {
  const owner = ownerOf(ctx, input.DomainName);
  findRule(ctx, owner, input.RoutingRuleId);
  return keep(ctx, owner, input.RoutingRuleId, input);
};

export const getRoutingRule: Handler<V2, 'GetRoutingRule'> = (input, ctx) =>
  findRule(ctx, ownerOf(ctx, input.DomainName), input.RoutingRuleId);

export const listRoutingRules: Handler<V2, 'ListRoutingRules'> = ({ DomainName, MaxResults, NextToken }, ctx) => {
  const given = {
    ...(MaxResults !== undefined && { MaxResults: String(MaxResults) }),
    ...(NextToken !== undefined && { NextToken }),
  };
  const { Items, ...rest } = page(routingRules, ctx, ownerOf(ctx, DomainName), given);
  return { RoutingRules: Items, ...rest };
};

export const deleteRoutingRule: Handler<V2, 'DeleteRoutingRule'> = ({ DomainName, RoutingRuleId: id }, ctx) => {
  const owner = ownerOf(ctx, DomainName);
  findRule(ctx, owner, id);
  ctx.store.delete(routingRules, { owner, id });
  return {};
};
