/**
 * Delivery policies: how often, how fast and how HTTP/S endpoints are asked, and when what failed is tried again.
 *
 * @see SNS Developer Guide, "Creating an HTTP/S delivery policy" and "Message delivery retries"
 */
import { type Millis, SECOND } from '#kernel/base';
import { HTTP_POLICY_MAX } from '../limits.ts';
import { jsonFault, objectOf } from './json.ts';

export type RetryPolicy = {
  minDelayTarget: number;
  maxDelayTarget: number;
  numRetries: number;
  numMaxDelayRetries: number;
  numNoDelayRetries: number;
  numMinDelayRetries: number;
  backoffFunction: 'arithmetic' | 'exponential' | 'geometric' | 'linear';
};

export type DeliveryPolicy = {
  healthyRetryPolicy: RetryPolicy;
  throttlePolicy?: { maxReceivesPerSecond: number } | undefined;
  requestPolicy: { headerContentType: string };
};

const DEFAULT_RETRY: RetryPolicy = {
  minDelayTarget: 20,
  maxDelayTarget: 20,
  numRetries: 3,
  numMaxDelayRetries: 0,
  numNoDelayRetries: 0,
  numMinDelayRetries: 0,
  backoffFunction: 'linear',
};
const DEFAULT_REQUEST = { headerContentType: 'text/plain; charset=UTF-8' };
const RETRIES_MAX = 100;
const DELAY_MAX = HTTP_POLICY_MAX / SECOND;
const FUNCTIONS: readonly unknown[] = ['arithmetic', 'exponential', 'geometric', 'linear'];
/** Source: SNS Developer Guide, "Creating an HTTP/S delivery policy", headerContentType. */
const CONTENT_TYPES: readonly unknown[] = [
  'text/plain; charset=UTF-8',
  'application/atom+xml',
  'application/json',
  'application/octet-stream',
  'application/soap+xml',
  'application/x-www-form-urlencoded',
  'application/xhtml+xml',
  'application/xml',
  'text/css',
  'text/html',
  'text/plain',
  'text/xml',
];

type Part = { [name: string]: unknown };

/** How the parts of a topic's policy are called, and those of a subscription's. */
const TOPIC_NAMES = ['defaultHealthyRetryPolicy', 'defaultThrottlePolicy', 'defaultRequestPolicy'] as const;
const OWN_NAMES = ['healthyRetryPolicy', 'throttlePolicy', 'requestPolicy'] as const;

/** What is wrong with a delivery policy; undefined where nothing is. */
export function deliveryPolicyFault(text: string, of: 'topic' | 'subscription'): string | undefined {
  const fault = jsonFault(text);
  if (fault !== undefined) return fault;
  const policy = objectOf(text);
  if (policy === undefined) return 'failed to parse JSON. Expected an object';
  const [retryName, throttleName, requestName] = of === 'topic' ? TOPIC_NAMES : OWN_NAMES;
  const parts = of === 'topic' ? policy.http : policy;
  if (parts === undefined) return undefined;
  if (!isPart(parts)) return 'http must be an object';
  const allowed =
    of === 'topic'
      ? [...TOPIC_NAMES, 'disableSubscriptionOverrides']
      : [...OWN_NAMES, 'sicklyRetryPolicy', 'guaranteed'];
  const unknown = Object.keys(parts).find((name) => !allowed.includes(name));
  if (unknown !== undefined) return `Unexpected JSON member: ${unknown}`;
  const retry = parts[retryName];
  const throttle = parts[throttleName];
  const request = parts[requestName];
  if (retry != null) {
    const wrong = isPart(retry) ? retryFault(retry) : 'must be an object';
    if (wrong !== undefined) return `${retryName}${wrong.startsWith('.') ? '' : ' '}${wrong}`;
  }
  if (throttle != null) {
    const rate = isPart(throttle) ? throttle.maxReceivesPerSecond : undefined;
    if (rate != null && !(Number.isInteger(rate) && Number(rate) >= 1))
      return `${throttleName}.maxReceivesPerSecond must be >= 1`;
  }
  if (request != null) {
    const type = isPart(request) ? request.headerContentType : undefined;
    if (type != null && !CONTENT_TYPES.includes(type)) return `${requestName}.headerContentType is not supported`;
  }
  return undefined;
}

function isPart(value: unknown): value is Part {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function retryFault(retry: Part): string | undefined {
  for (const name of ['minDelayTarget', 'maxDelayTarget', 'numRetries'])
    if (retry[name] === undefined) return `.${name} must be specified`;
  const bounds: [name: string, low: number, high: number][] = [
    ['minDelayTarget', 1, DELAY_MAX],
    ['maxDelayTarget', 1, DELAY_MAX],
    ['numRetries', 0, RETRIES_MAX],
    ['numNoDelayRetries', 0, RETRIES_MAX],
    ['numMinDelayRetries', 0, RETRIES_MAX],
    ['numMaxDelayRetries', 0, RETRIES_MAX],
  ];
  for (const [name, low, high] of bounds) {
    const value = retry[name];
    if (value == null) continue;
    if (!Number.isInteger(value) || Number(value) < low) return `.${name} must be greater than or equal to ${low}`;
    if (Number(value) > high) return `.${name} must be less than or equal to ${high}`;
  }
  if (retry.backoffFunction != null && !FUNCTIONS.includes(retry.backoffFunction))
    return `.backoffFunction: the value [${String(retry.backoffFunction)}] is not a valid backoff function`;
  const policy = retryOf(retry);
  if (policy.minDelayTarget > policy.maxDelayTarget)
    return '.maxDelayTarget must be greater than or equal to minDelayTarget';
  if (policy.numNoDelayRetries + policy.numMinDelayRetries + policy.numMaxDelayRetries > policy.numRetries)
    return '.numRetries must be greater than or equal to total of numMinDelayRetries, numNoDelayRetries and numMaxDelayRetries';
  let total = 0;
  for (let retried = 1; retried <= policy.numRetries; retried += 1) total += httpDelay(policy, retried);
  return total > HTTP_POLICY_MAX ? ` must not take longer than ${DELAY_MAX} seconds in all` : undefined;
}

function retryOf(given: unknown): RetryPolicy {
  const set = isPart(given) ? Object.fromEntries(Object.entries(given).filter(([, value]) => value != null)) : {};
  return { ...DEFAULT_RETRY, ...set };
}

/** A topic's policy with everything that it leaves out. */
export function topicPolicy(text: string | undefined) {
  const http = (text === undefined ? undefined : (objectOf(text)?.http as Part | undefined)) ?? {};
  return {
    http: {
      defaultHealthyRetryPolicy: retryOf(http.defaultHealthyRetryPolicy),
      disableSubscriptionOverrides: http.disableSubscriptionOverrides === true,
      ...(isPart(http.defaultThrottlePolicy) && {
        defaultThrottlePolicy: http.defaultThrottlePolicy as { maxReceivesPerSecond: number },
      }),
      defaultRequestPolicy: { ...DEFAULT_REQUEST, ...(http.defaultRequestPolicy as Part | undefined) },
    },
  };
}

/** What is in force for a subscription: its own policy before its topic's, unless that forbids it. */
export function effectivePolicy(topicText: string | undefined, ownText: string | undefined): DeliveryPolicy {
  const { http } = topicPolicy(topicText);
  const own = ownText === undefined || http.disableSubscriptionOverrides ? {} : (objectOf(ownText) ?? {});
  return {
    healthyRetryPolicy:
      own.healthyRetryPolicy == null ? http.defaultHealthyRetryPolicy : retryOf(own.healthyRetryPolicy),
    throttlePolicy: (own.throttlePolicy ?? http.defaultThrottlePolicy) as DeliveryPolicy['throttlePolicy'],
    requestPolicy: {
      ...http.defaultRequestPolicy,
      ...(own.requestPolicy as Part | undefined),
    } as typeof DEFAULT_REQUEST,
  };
}

/** How long to wait before the n-th retry of a policy, through its four phases. */
export function httpDelay(policy: RetryPolicy, retry: number): Millis {
  const { numNoDelayRetries: none, numMinDelayRetries: least, numMaxDelayRetries: most, numRetries } = policy;
  const { minDelayTarget: low, maxDelayTarget: high } = policy;
  if (retry <= none) return 0;
  if (retry <= none + least) return low * SECOND;
  if (retry > numRetries - most) return high * SECOND;
  const steps = numRetries - none - least - most;
  return Math.round(backoff(policy.backoffFunction, low, high, retry - none - least, steps)) * SECOND;
}

/** From `low` at the first step to `high` at the last, along a curve of that name. */
function backoff(name: RetryPolicy['backoffFunction'], low: number, high: number, step: number, steps: number): number {
  if (steps <= 1) return low;
  const part = (step - 1) / (steps - 1);
  switch (name) {
    case 'linear':
      return low + (high - low) * part;
    case 'arithmetic':
      // Each wait is longer than the one before by one step more.
      return low + (high - low) * ((step * (step - 1)) / (steps * (steps - 1)));
    case 'geometric':
      return low * (high / low) ** part;
    case 'exponential':
      return low + (high - low) * ((2 ** (step - 1) - 1) / (2 ** (steps - 1) - 1));
  }
}

/** How long to wait before a retry to what is AWS's own; undefined when it is given up, after 23 days. Source: "Message delivery retries". */
export function managedDelay(retry: number): Millis | undefined {
  if (retry <= 3) return 0;
  if (retry <= 5) return SECOND;
  if (retry <= 15) return Math.min(20, 2 ** ((retry - 5) / 2)) * SECOND;
  return retry <= 100_015 ? 20 * SECOND : undefined;
}

/** The same for what is a customer's: mail, text messages, push; six hours. */
export function customerDelay(retry: number): Millis | undefined {
  if (retry <= 2) return 10 * SECOND;
  if (retry <= 12) return Math.min(600, 10 * 1.5 ** (retry - 2)) * SECOND;
  return retry <= 50 ? 600 * SECOND : undefined;
}
