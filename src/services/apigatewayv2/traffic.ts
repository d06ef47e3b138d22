/** Requests to HTTP and WebSocket APIs at their own addresses, and to custom domain names that were made by the operations for those. */
import type { TrafficRule } from '#kernel/contract';
import { answerDomain } from './execute/custom-domain.ts';
import { answerApi } from './execute/traffic.ts';

/** Answers traffic of an API or a custom domain name. */
export const traffic: TrafficRule = (request, ctx) =>
  request.id.startsWith('domain/') ? answerDomain(request, ctx) : answerApi(request, ctx);
