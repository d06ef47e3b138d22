/** Source: API Gateway Developer Guide, "Quotas for configuring and running an HTTP API", "… a WebSocket API". */
import { HOUR, KIB, MINUTE, type Millis } from '#kernel/base';

export const INTEGRATION_TIMEOUT_HTTP: Millis = 30_000;
export const INTEGRATION_TIMEOUT_WEBSOCKET: Millis = 29_000;
export const INTEGRATION_TIMEOUT_MIN: Millis = 50;
export const AUTHORIZER_TIMEOUT: Millis = 10_000;
export const AUTHORIZER_TTL_MAX = 3_600;
/** Of a message of a web socket. */
export const MESSAGE_BYTES_MAX = 128 * KIB;
export const CONNECTION_FOR: Millis = 2 * HOUR;
export const IDLE_FOR: Millis = 10 * MINUTE;
export const ROUTES_MAX = 300;
export const INTEGRATIONS_MAX = 300;
export const AUTHORIZERS_MAX = 10;
/** Of a route, and of an authorizer. */
export const SCOPES_MAX = 10;
export const AUDIENCES_MAX = 50;
/** In one stage; characters of their names and values. */
export const VARIABLES_MAX = 100;
export const VARIABLE_NAME_MAX = 64;
export const VARIABLE_VALUE_MAX = 512;
export const STAGES_MAX = 10;
/** New connections a second of an account in a Region. */
export const CONNECT_RATE = 500;
/** Of a domain name. */
export const ROUTING_RULES_MAX = 50;
export const HEADER_CONDITIONS_MAX = 2;
export const TAGS_MAX = 50;
export const PAGE_DEFAULT = 100;
