/** What HTTP and WebSocket APIs, a service of their own, share with REST APIs: how requests are read, and what APIs call. */

export { checkCredentials } from './domain/credentials.ts';
export {
  changeDomain,
  findDomain,
  type Mutual,
  makeDomain,
  mutualOf,
  removeDomain,
} from './domain/custom-domain.ts';
export { type Kept, type KeptTable, keptTable } from './domain/kept.ts';
export { checkUnmapped, isMapped, isMappingPath, keepMapping, mappingsOf, NO_PATH } from './domain/mapping.ts';
export { sampleTemplate } from './domain/model-template.ts';
export { compact, newId } from './domain/noun.ts';
export {
  DocumentError,
  EXTENSION,
  type Json,
  listOf,
  METHODS,
  OpenApi,
  objectOf,
  textOf,
  textsOf,
} from './domain/openapi.ts';
export { hasDomain, hasRestStage, restApi } from './domain/routable.ts';
export { isReachable } from './domain/security.ts';
export { keysOf, type Seen, seenOfAll, seenOfDocument, seenOfDomain } from './domain/seen.ts';
export { clientCertificateFacts, isVouchedFor, readTruststore, type Truststore, vouched } from './domain/truststore.ts';
export { isGroup, isStream, putLine } from './execute/access-log.ts';
export { callAws, isServiceUri } from './execute/call-aws.ts';
export { callHttp, cookieHeaders, PAYLOAD_BYTES_MAX } from './execute/call-http.ts';
export { callFunction, functionOf, reachWith, saysUnauthorized } from './execute/call-lambda.ts';
export { DeadlineError } from './execute/deadline.ts';
export { byEdge, isEdgeOptimized } from './execute/edge.ts';
export { IssuerError, isFor, keysAddress, keysAt, scopesOf, withKeys } from './execute/issuer.ts';
export { jsonPath } from './execute/json-path.ts';
export { accessLine, logsRole, streamOf, writeLines } from './execute/logs.ts';
export { Made } from './execute/made.ts';
export { mockStatus } from './execute/mock-status.ts';
export { PathTree, pathText, variablesOf } from './execute/paths.ts';
export { headerText, safeHeader } from './execute/proxy-event.ts';
export { Remembered } from './execute/remembered.ts';
export {
  domainOf,
  extendedId,
  headersOf,
  lastOf,
  queryOf,
  shownHeaders,
  timeText,
  type Values,
} from './execute/request.ts';
export { answerRouted } from './execute/routing.ts';
export { RegexError, safeRegex } from './execute/safe-regex.ts';
export { type BodyCheck, compileSchema, schemaFault } from './execute/schema.ts';
export { type Spent, spend } from './execute/spend.ts';
export { at, own, withVariables } from './execute/templates.ts';
export { verifiedInTime } from './execute/token-time.ts';
export { answerStage, refusal } from './execute/traffic.ts';
export { verdictOf } from './execute/verdict.ts';
export { Input, UTIL } from './execute/vtl/input.ts';
export { compileTemplate, type Template, TemplateError } from './execute/vtl/render.ts';
export { ACCOUNT_KEY, ACCOUNT_LIMITS } from './limits.ts';
export { domains, type MappingRow, mappings, routingRules, truststores } from './state.ts';
export { minTls, mutualTls } from './tls.ts';
