/** The words in which most services say what is wrong with a request; a service with words of its own has its own voice. */
import { commonError, ServiceError, type Voice } from '#kernel/contract';
import type { ConstraintFailure, ProtocolName, ShapeModel, WireFailure } from '#kernel/wire';
import type { Loaded } from './catalog.ts';

/**
 * Longest value that is quoted back: templates and policies are whole. Source: answers of CloudFormation, aws-quickstart/quickstart-aws-vpc issue
 * 43; of STS, getmoto/moto issue 2075.
 * Deviation: of a request that is larger still AWS's answer is not known; here it is cut.
 */
const QUOTED_MAX = 1_048_576;

type Asked = Parameters<Voice['invalid']>[3];

/** A voice that has words for everything. */
type FullVoice = {
  invalid(failures: readonly ConstraintFailure[], operation: string, asked: Asked): ServiceError;
  unreadable(failure: WireFailure): ServiceError;
};

const voices: { readonly [family in 'json' | 'query' | 'rest' | 's3']: FullVoice } = {
  json: {
    invalid: (failures) => commonError('ValidationException', constraintText(failures)),
    unreadable: (failure) => jsonUnreadable(failure),
  },
  rest: {
    invalid: (failures) => commonError('ValidationException', constraintText(failures)),
    unreadable: (failure) => (failure.kind === 'unknown-operation' ? notDetermined() : jsonUnreadable(failure)),
  },
  query: {
    invalid: (failures) => commonError('ValidationError', constraintText(failures)),
    unreadable: (failure) => queryUnreadable(failure),
  },
  s3: {
    invalid: (failures) => commonError('InvalidParameterValue', constraintText(failures)),
    unreadable: (failure) => xmlUnreadable(failure),
  },
};

/** The service's own voice, and that of its family for what it says no differently. */
export function voiceOf(loaded: Loaded, protocol: ProtocolName = loaded.head.protocols[0] as ProtocolName): FullVoice {
  const usual = familyOf(loaded, protocol);
  const own = loaded.service?.voice;
  if (own === undefined) return usual;
  return {
    invalid: (failures, operation, asked) =>
      own.invalid(failures, (told) => usual.invalid(told, operation, asked), operation, asked),
    unreadable: (failure) =>
      own.unreadable === undefined ? usual.unreadable(failure) : own.unreadable(failure, usual.unreadable),
  };
}

function familyOf(loaded: Loaded, protocol: ProtocolName): FullVoice {
  if (loaded.head.name === 's3' || protocol === 'rest-xml') return voices.s3;
  if (protocol === 'query' || protocol === 'ec2') return voices.query;
  return protocol === 'rest-json' ? voices.rest : voices.json;
}

/** `2 validation errors detected: Value '' at 'tableName' failed to satisfy constraint: …; …`. Source: recorded answers of DynamoDB and IAM. */
export function constraintText(failures: readonly ConstraintFailure[]): string {
  const texts = failures.map((failure) => (failure.entry === undefined ? memberText(failure) : entryText(failure)));
  return `${failures.length} validation error${failures.length === 1 ? '' : 's'} detected: ${texts.join('; ')}`;
}

function memberText(failure: ConstraintFailure): string {
  return `Value ${quoted(failure.value, failure.shape)}at '${pathText(failure.path)}' failed to satisfy constraint: ${demand(failure)}`;
}

const HELD = { items: 'Member', keys: 'Map keys', value: 'Map value' } as const;

/**
 * A list or a map is told as a whole, with all that its items, keys or values must be. Source: answers of Lambda, trek10inc/serverless-secrets
 * issue 39, serverless issue 3118; of CloudFormation, CodeGenieApp/serverless-express issue 59.
 */
function entryText({ entry, path, shape, enum: told = shape.enum }: ConstraintFailure): string {
  if (entry === undefined) return '';
  const at = pathText(entry.of === 'keys' ? path : path.slice(0, -1));
  const demands = [
    shape.max !== undefined && `Member must have length less than or equal to ${shape.max}`,
    shape.min !== undefined && `Member must have length greater than or equal to ${shape.min}`,
    shape.pattern !== undefined && `Member must satisfy regular expression pattern: ${shape.pattern}`,
    told !== undefined && `Member must satisfy enum value set: [${told.join(', ')}]`,
  ].filter((one) => one !== false);
  return `Value ${quoted(entry.holder, entry.shape)}at '${at}' failed to satisfy constraint: ${HELD[entry.of]} must satisfy constraint: [${demands.join(', ')}]`;
}

/** The value with a space behind it; nothing for a secret. Source of that: answer of KMS to a plaintext that is too long. */
function quoted(value: unknown, shape: ShapeModel): string {
  if (value === undefined) return 'null ';
  return shape.sensitive === true ? '' : `'${javaText(value).slice(0, QUOTED_MAX)}' `;
}

/** A value as Java writes it: `[a, b]`, `{a=b}`. */
function javaText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(javaText).join(', ')}]`;
  if (value instanceof Uint8Array) return `java.nio.HeapByteBuffer[pos=0 lim=${value.length} cap=${value.length}]`;
  const entries = Object.entries(value).map(([key, item]) => `${key}=${javaText(item)}`);
  return `{${entries.join(', ')}}`;
}

/** `keySchema.1.member.attributeName`: names begin in lower case, list positions are followed by `member`. */
export function pathText(path: readonly (string | number)[]): string {
  return path
    .map((step) => {
      if (typeof step === 'number') return `${step}.member`;
      // A service whose maps are told like lists marks what a map holds.
      return step.endsWith('.member') ? step : step.charAt(0).toLowerCase() + step.slice(1);
    })
    .join('.');
}

function demand(failure: ConstraintFailure): string {
  const { kind, min, max, value, size } = failure;
  switch (kind) {
    case 'required':
      return 'Member must not be null';
    case 'enum':
      return `Member must satisfy enum value set: [${failure.enum?.join(', ')}]`;
    case 'pattern':
      return `Member must satisfy regular expression pattern: ${failure.pattern}`;
    case 'unique':
      return 'Member must have unique values';
    case 'range':
      return min !== undefined && (value as number) < min
        ? `Member must have value greater than or equal to ${min}`
        : `Member must have value less than or equal to ${max}`;
    case 'length':
      return min !== undefined && size !== undefined && size < min
        ? `Member must have length greater than or equal to ${min}`
        : `Member must have length less than or equal to ${max}`;
  }
}

function jsonUnreadable(failure: WireFailure): ServiceError {
  switch (failure.kind) {
    case 'unknown-operation':
      return commonError('UnknownOperationException', '');
    case 'unsupported-media-type':
      return commonError('UnsupportedMediaTypeException', failure.message);
    case 'not-acceptable':
      return commonError('NotAcceptableException', failure.message);
    case 'too-large':
      return commonError('RequestEntityTooLargeException', failure.message);
    case 'serialization':
      return commonError('SerializationException', unreadableText(failure));
  }
}

/**
 * Of a path, or a method at it, that is no operation's. Source: answers of Lambda, aws-controllers-k8s/community, anomalyco/sst issue 5327; of the other
 * services none is known, and theirs are taken to be like it.
 */
function notDetermined(): ServiceError {
  return new ServiceError('AccessDeniedException', 'Unable to determine service/operation name to be authorized', {
    status: 403,
  });
}

/** Types of single values, as they stand in sentences. */
const NOUNS: { readonly [wanted: string]: string | undefined } = {
  String: 'a String',
  Boolean: 'a Boolean',
  Integer: 'an Integer',
  Long: 'a Long',
};

/**
 * Source: AWS's answers in async-aws/aws, issue 1667 (SQS); aarondfrancis/sidecar, issue 148 (Lambda); aws/aws-sdk-js-v3, issue 7215
 * (a list for a text); floci-io/floci, pull request 2686 (EventBridge Scheduler: single values for lists and structures).
 */
function unreadableText({ found, wanted = '', message, detail }: WireFailure): string {
  if (found === 'START_OBJECT') return 'Start of structure or map found where not expected.';
  if (found === 'START_ARRAY') return 'Start of list found where not expected';
  if (found === undefined || found === 'NULL_VALUE' || detail.text !== undefined) return message;
  if (wanted === 'List') return 'Expected list or null';
  if (wanted === 'Structure') return 'Expected null';
  const noun = NOUNS[wanted];
  return noun === undefined ? message : `${found} can not be converted to ${noun}`;
}

function queryUnreadable(failure: WireFailure): ServiceError {
  if (failure.kind !== 'unknown-operation') return commonError('MalformedInput', failure.message);
  if (failure.message === 'MissingAction')
    return commonError('MissingAction', 'The request is missing an Action parameter.');
  return commonError('InvalidAction', failure.message);
}

function xmlUnreadable(failure: WireFailure): ServiceError {
  if (failure.kind === 'unknown-operation')
    return commonError('NotImplemented', 'A header you provided implies functionality that is not implemented.');
  return commonError(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  );
}
