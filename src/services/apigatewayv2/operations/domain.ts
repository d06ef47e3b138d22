/** Custom domain names, the same as those of the first API. */
import type { Ctx, Handler } from '#kernel/contract';
import type { UpdateDomainNameRequest } from '#models/apigatewayv2';
import {
  changeDomain,
  compact,
  domains,
  findDomain,
  type Mutual,
  makeDomain,
  mutualOf,
  removeDomain,
} from '../../api-gateway/port.ts';
import { oldConfiguration, oldMode, oldMutual, shownDomain } from '../domain/domain-name.ts';
import { page } from '../domain/part.ts';

type V2 = 'apigatewayv2';

export const createDomainName: Handler<V2, 'CreateDomainName'> = async (input, ctx) => {
  const mutual = await mutualOf(oldMutual(input.MutualTlsAuthentication), ctx);
  const routingMode = oldMode(input.RoutingMode);
  const given = {
    ...oldConfiguration(input.DomainNameConfigurations?.[0] ?? {}),
    domainName: input.DomainName,
    tags: input.Tags ?? {},
    ...(routingMode !== undefined && { routingMode }),
  };
  return ctx.transact(() => shownDomain(makeDomain(given, mutual, ctx)));
};

export const getDomainName: Handler<V2, 'GetDomainName'> = (input, ctx) =>
  shownDomain(findDomain(ctx, input.DomainName));
export const getDomainNames: Handler<V2, 'GetDomainNames'> = (input, ctx) => {
  const { Items, ...rest } = page(domains, ctx, '', input);
  return { Items: Items.map(shownDomain), ...rest };
};

export const updateDomainName: Handler<V2, 'UpdateDomainName'> = async (input, ctx) => {
  const given = oldMutual(input.MutualTlsAuthentication);
  const { mutualTlsAuthentication: old } = findDomain(ctx, input.DomainName);
  // A version alone is one of the truststore that is there.
  const whole = given !== undefined && given.truststoreUri === undefined ? { ...old, ...given } : given;
  const mutual = given === undefined ? undefined : { to: await mutualOf(whole, ctx) };
  return ctx.transact(() => changed(input, mutual, ctx));
};

function changed(input: UpdateDomainNameRequest, mutual: { to: Mutual } | undefined, ctx: Ctx) {
  const before = findDomain(ctx, input.DomainName);
  const [given] = input.DomainNameConfigurations ?? [];
  const shown = shownDomain(before).DomainNameConfigurations?.[0];
  const { endpointConfiguration: endpoint, ...configuration } =
    given === undefined ? {} : oldConfiguration({ ...shown, ...given });
  const endpointConfiguration = {
    ...before.endpointConfiguration,
    ...compact({ ipAddressType: endpoint?.ipAddressType }),
  };
  const routingMode = oldMode(input.RoutingMode) ?? before.routingMode;
  const after = {
    ...before,
    ...configuration,
    endpointConfiguration,
    ...(routingMode !== undefined && { routingMode }),
  };
  return shownDomain(changeDomain(before, after, mutual, ctx));
}

export const deleteDomainName: Handler<V2, 'DeleteDomainName'> = (input, ctx) => {
  removeDomain(input.DomainName, ctx);
  return {};
};
