export { decipher, encipher, seal, secretBytes, unseal } from '#kernel/random';
export { type Access, type ConditionKeys, type Delegated, passing } from './access.ts';
export type { AddressKind, Sockets } from './addresses.ts';
export { answeredBy, requestIdOf } from './answered.ts';
export type { Authority, CertificateOrder, IssuedCertificate, TlsMaterial } from './authority.ts';
export type { Aws, InputOf, OutputOf, ServiceName } from './aws.ts';
export type {
  Acting,
  Assuming,
  BucketLimits,
  ByteStream,
  Caller,
  Ctx,
  HttpFacts,
  Letter,
  Quota,
} from './context.ts';
export type {
  EdgeBehavior,
  EdgeCode,
  EdgeCors,
  EdgeDistribution,
  EdgeEncryption,
  EdgeErrorPage,
  EdgeEvent,
  EdgeField,
  EdgeGroup,
  EdgeHeaderRule,
  EdgeHeaderRules,
  EdgeOrigin,
  EdgePassage,
  EdgePick,
  EdgePlane,
  EdgeRecord,
  EdgeReply,
  EdgeRequest,
  EdgeRun,
  EdgeSelection,
  EdgeServices,
  EdgeStore,
  OriginRequest,
} from './edge.ts';
export {
  CodeError,
  type Engines,
  type FunctionAnswer,
  type FunctionCall,
  type FunctionCode,
  type FunctionCredentials,
  type FunctionEngine,
  type FunctionLocal,
  type FunctionLogLine,
  type FunctionReport,
  type FunctionSpec,
  type LocalReply,
  type LocalRequest,
  type Place,
  type Provision,
  RestoreFailed,
  type RuntimeFault,
  type SqlAnswer,
  type SqlEngine,
  type SqlQuery,
  type SqlTable,
} from './engines.ts';
export {
  COMMON_ERRORS,
  type CommonError,
  commonError,
  errorsOf,
  evenIfRefused,
  notBuilt,
  raise,
  ServiceError,
} from './errors.ts';
export type { FaultControl, FaultRule, FaultService, FaultSettings } from './faults.ts';
export { type Fetch, FetchError, type Fetched, type FetchedFlow, type FetchRequest, type Signer } from './fetch.ts';
export { withPlainFlags } from './flags.ts';
export { ownKey, ownKeyTable } from './own-key.ts';
export type { Pass } from './pass.ts';
export { mayPass, persistently, TROUBLE_PAUSES } from './persist.ts';
export type { Planes } from './planes.ts';
export { awsPolicyArn, policyFault } from './policy.ts';
export { isArnOfAccount, isPlain, isPublicPolicy, type NamesSome } from './public-policy.ts';
export {
  alreadyExists,
  type FindResource,
  ifThere,
  isGone,
  type Made,
  madeOnce,
  onlyNew,
  type Properties,
  type ResourceProperty,
  type ResourceSchema,
  type ResourceScope,
  type ResourceType,
  type ResourceTypes,
  type ResourceValue,
  refuseProperties,
  refuseTaken,
  tagListOf,
  tagsGone,
  tagsOf,
  textOf,
} from './resources.ts';
export {
  type AccessRule,
  type AccessRules,
  type Answered,
  type AnyService,
  type CorsQuestion,
  type CorsRule,
  type DocumentRule,
  defineService,
  type EventHandler,
  type FormCall,
  type FormRule,
  type Handler,
  type Handlers,
  type MinTlsRule,
  type MutualTlsRule,
  type NotBuilt,
  noneOf,
  notYet,
  type PageReply,
  type PageRule,
  type PlaceRule,
  type RawRequest,
  type Service,
  type Signing,
  type StampRule,
  type TaskHandler,
  type ThrottleRule,
  type ThrottleRules,
  type TimerHandler,
  type TlsRule,
  type Voice,
} from './service.ts';
export type {
  SentHeader,
  SocketRules,
  TrafficReply,
  TrafficRequest,
  TrafficRule,
} from './traffic.ts';
export type { Visit, VisitReply, VisitRequest } from './visit.ts';
