/** Lists of what can't be made here: an account has none as long as none can be made. Those who take stock of an account ask for them. */
import type { Handler } from '#kernel/contract';

export const getVpcLinks: Handler<'api-gateway', 'GetVpcLinks'> = () => ({ items: [] });

export const getDomainNameAccessAssociations: Handler<'api-gateway', 'GetDomainNameAccessAssociations'> = () => ({
  items: [],
});
