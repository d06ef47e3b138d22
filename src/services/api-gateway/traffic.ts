/** Requests to REST APIs at their own addresses, and to custom domain names that were made by the operations for REST APIs. */
import type { TrafficRule } from '#kernel/contract';
import { answerDomain } from '../apigatewayv2/port.ts';
import { answerRest } from './execute/traffic.ts';

/** Answers at an API's own address and at custom domains. */
export const traffic: TrafficRule = (request, ctx) =>
  request.id.startsWith('domain/') ? answerDomain(request, ctx) : answerRest(request, ctx);
