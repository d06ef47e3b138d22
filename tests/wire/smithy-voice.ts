/** What Smithy's framework says of a failure: names and status of wire failures, texts of constraint failures. */
import type { ConstraintFailure, ErrorReply, FailureKind, WireFailure } from '#kernel/wire';

const WIRE: { readonly [kind in FailureKind]: readonly [name: string, status: number] } = {
  serialization: ['SerializationException', 400],
  'unknown-operation': ['UnknownOperationException', 404],
  'unsupported-media-type': ['UnsupportedMediaTypeException', 415],
  'not-acceptable': ['NotAcceptableException', 406],
  'too-large': ['SerializationException', 400],
};

/** The error of a request that could not be read. */
export function voiceOfWire(failure: WireFailure): ErrorReply {
  const [name, status] = WIRE[failure.kind];
  return { name, code: name, message: failure.message, status, sender: true, fields: {} };
}

/** The error of an input that breaks its model's constraints, in the words of `smithy.framework#ValidationException`. */
export function voiceOfConstraints(failures: ConstraintFailure[]): ErrorReply {
  const fieldList = failures.map((failure) => ({ path: pathOf(failure), message: sentenceOf(failure) }));
  const count = `${failures.length} validation error${failures.length === 1 ? '' : 's'} detected.`;
  const message = `${count} ${fieldList.map((field) => field.message).join('; ')}`;
  return {
    name: 'ValidationException',
    code: 'ValidationException',
    message,
    status: 400,
    sender: true,
    fields: { fieldList },
  };
}

/** `/list/0/member`: list positions start at 0, a map's key stands for itself. */
function pathOf(failure: ConstraintFailure): string {
  return failure.path.map((step) => `/${typeof step === 'number' ? step - 1 : step}`).join('');
}

function sentenceOf(failure: ConstraintFailure): string {
  const at = `at '${pathOf(failure)}' failed to satisfy constraint: Member must`;
  switch (failure.kind) {
    case 'required':
      return `Value ${at} not be null`;
    case 'enum':
      return `Value ${at} satisfy enum value set: [${(failure.enum ?? []).join(', ')}]`;
    case 'pattern':
      return `Value ${at} satisfy regular expression pattern: ${failure.pattern}`;
    case 'range':
      return `Value ${at} be ${bounds(failure)}`;
    case 'length':
      return `Value with length ${failure.size} ${at} have length ${bounds(failure)}`;
    case 'unique':
      return `Value ${at} have unique values`;
  }
}

function bounds({ min, max }: ConstraintFailure): string {
  if (min === undefined) return `less than or equal to ${max}`;
  return max === undefined ? `greater than or equal to ${min}` : `between ${min} and ${max}, inclusive`;
}
