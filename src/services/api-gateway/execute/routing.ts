/** Routing rules of custom domain names: which stage of which REST API a request goes to, by its headers and the beginning of its path. Source: API Gateway Developer Guide, "Routing rules to connect API stages to a custom domain name". */
import type { Ctx, TrafficReply, TrafficRequest } from '#kernel/contract';
import type { RoutingRule, RoutingRuleCondition } from '#models/apigatewayv2';
import { routingRules } from '../state.ts';
import { answerStage, refusal } from './traffic.ts';

/** What a domain name does with a request, whichever API the name was made by. */
type RoutingMode = string | undefined;

/**
 * Answers by the first rule that fits, or as `mapped` does where none does and the domain's mode lets mappings have their say.
 *
 * @param request whose certificate, where the domain asks for one, is looked at already
 */
export async function answerRouted(
  request: TrafficRequest,
  ctx: Ctx,
  domain: string,
  mode: RoutingMode,
  mapped: () => Promise<TrafficReply> | TrafficReply,
): Promise<TrafficReply> {
  if (mode?.startsWith('ROUTING_RULE') !== true) return mapped();
  const found = rulesOf(ctx, domain)
    .map((rule) => ({ rule, basePath: fits(rule, request) }))
    .find(({ basePath }) => basePath !== undefined);
  if (found === undefined)
    return mode === 'ROUTING_RULE_ONLY' ? refusal(ctx, 'Forbidden', 'ForbiddenException') : mapped();
  const { basePath = '' } = found;
  const { ApiId = '', Stage = '', StripBasePath } = found.rule.Actions?.[0]?.InvokeApi ?? {};
  const path =
    StripBasePath === true && basePath !== '' ? request.path.slice(basePath.length + 1) || '/' : request.path;
  return answerStage({ request, path, shownPath: request.path, basePath }, ctx, ApiId, Stage);
}

/** A domain's rules, by their priority. They are few. */
export function rulesOf(ctx: Ctx, domain: string): RoutingRule[] {
  const rules = ctx.store.list(routingRules, { where: { owner: domain } as never }).map(({ value }) => value);
  return rules.sort((a, b) => (a.Priority ?? 0) - (b.Priority ?? 0));
}

/** The base path by which a rule fits, which may be empty; undefined where it doesn't. A rule without conditions fits always. */
function fits({ Conditions = [] }: RoutingRule, request: TrafficRequest): string | undefined {
  if (!Conditions.every((one) => headersFit(one, request))) return undefined;
  const paths = Conditions.flatMap(({ MatchBasePaths }) => MatchBasePaths?.AnyOf ?? []);
  if (paths.length === 0) return '';
  return paths.find((path) => request.path === `/${path}` || request.path.startsWith(`/${path}/`));
}

function headersFit({ MatchHeaders }: RoutingRuleCondition, { headers }: TrafficRequest): boolean {
  if (MatchHeaders === undefined) return true;
  return MatchHeaders.AnyOf.some(({ Header, ValueGlob }) => {
    const value = headers[Header.toLowerCase()];
    return value !== undefined && globFits(ValueGlob, value);
  });
}

/** A star stands for anything at the beginning, at the end, or at both. */
function globFits(glob: string, value: string): boolean {
  const isOpen = [glob.startsWith('*'), glob.length > 1 && glob.endsWith('*')] as const;
  const text = glob.slice(isOpen[0] ? 1 : 0, isOpen[1] ? -1 : undefined);
  if (isOpen[0] && isOpen[1]) return value.includes(text);
  if (isOpen[0]) return value.endsWith(text);
  return isOpen[1] ? value.startsWith(text) : value === text;
}
