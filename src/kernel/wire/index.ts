export { parseForm } from './codec-form.ts';
export { decodeEvent, type EventHeader, type EventMessage, encodeEvent } from './event-frame.ts';
export { type FailureKind, WireFailure } from './failure.ts';
export { isAwsCbor } from './json-cbor.ts';
export type * from './model.ts';
export type { ErrorReply, Headers, Protocol, Reply, Route, WireReply, WireRequest } from './protocol.ts';
export { protocolOf } from './protocols.ts';
export { type ConstraintFailure, type Validator, validators } from './validate.ts';
