/** SQS's own words for a request that is missing something. Source: answers recorded from AWS. */
import { commonError, type Voice } from '#kernel/contract';
import { missingParameter, unknownAttribute } from './errors.ts';

export const voice: Voice = {
  invalid: ([failure]) => {
    const name = String(failure?.path[0] ?? '');
    if (failure?.kind === 'enum' && /Attribute/.test(name)) return unknownAttribute(String(failure.value));
    if (failure?.kind === 'required')
      return missingParameter(failure.path.length === 1 ? name : failure.path.join('.'));
    return commonError('InvalidParameterValue', `Value ${String(failure?.value)} for parameter ${name} is invalid.`);
  },
  unreadable: (failure, usual) => {
    if (failure.kind === 'unknown-operation') return commonError('UnknownOperationException', failure.message);
    if (failure.kind === 'serialization') return usual(failure);
    return commonError('SerializationException', failure.message);
  },
};
