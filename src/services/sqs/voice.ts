/** SQS's own words for a request that is missing something. Source: answers recorded from AWS. */
import { commonError, type Voice } from '#kernel/contract';
import { missingParameter, unknownAttribute } from './errors.ts';

export const voice: Voice = {
  invalid: ([failure], _usual, operation) => {
    const name = String(failure?.path[0] ?? '');
    if (failure?.kind === 'enum' && /Attribute/.test(name)) return unknownAttribute(String(failure.value));
    if (failure?.kind === 'required')
      return missingParameter(failure.path.length === 1 ? ownName(operation, name) : memberOf(operation, failure.path));
    return commonError('InvalidParameterValue', `Value ${String(failure?.value)} for parameter ${name} is invalid.`);
  },
  unreadable: (failure, usual) => {
    if (failure.kind === 'unknown-operation') return commonError('UnknownOperationException', failure.message);
    if (failure.kind === 'serialization') return usual(failure);
    return commonError('SerializationException', failure.message);
  },
};

/** Source: SQS's answer in aws/aws-sdk-js-v3, issue 5478. */
const ownName = (operation: string, name: string): string =>
  operation === 'DeleteMessage' && name === 'ReceiptHandle' ? 'MessageHandle' : name;

/** The entries of a batch are called as in queries. Source: SQS's answer in aws/aws-sdk-js, issue 2388. */
const memberOf = (operation: string, [list, ...rest]: readonly (string | number)[]): string =>
  [list === 'Entries' ? `${operation}RequestEntry` : list, ...rest].join('.');
