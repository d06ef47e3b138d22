/** Requests to REST APIs, at their own addresses and at custom domains. */
import type { TrafficRule } from '#kernel/contract';
import { answerDomain } from './execute/custom-domain.ts';
import { answerRest } from './execute/traffic.ts';

/** Answers at an API's own address and at custom domains. */
export const traffic: TrafficRule = (request, ctx) =>
  request.id.startsWith('domain/') ? answerDomain(request, ctx) : answerRest(request, ctx);
