/** Lists of what can't be made here: an account has none as long as none can be made. Those who take stock of an account ask for them. */
import type { Handler } from '#kernel/contract';
import { type Paged, pageSize } from '../domain/page.ts';

/** A page of nothing. @throws {ServiceError} InvalidArgument */
const none = (input: Paged) => ({
  Marker: input.Marker ?? '',
  MaxItems: pageSize(input),
  IsTruncated: false,
  Quantity: 0,
});

export const listStreamingDistributions: Handler<'cloudfront', 'ListStreamingDistributions'> = (input) => ({
  StreamingDistributionList: none(input),
});

export const listVpcOrigins: Handler<'cloudfront', 'ListVpcOrigins'> = (input) => ({
  VpcOriginList: none(input),
});

export const listAnycastIpLists: Handler<'cloudfront', 'ListAnycastIpLists'> = (input) => ({
  AnycastIpLists: none(input),
});
