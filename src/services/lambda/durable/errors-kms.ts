/** What is told where the key of durable executions can't be used. Source: Lambda Developer Guide, "Encrypting AWS Lambda durable execution data". */
import { errorsOf, type ServiceError } from '#kernel/contract';
import { invalid } from '../errors.ts';

const error = errorsOf('lambda');

const FAULTS = {
  AccessDeniedException: ['KMSAccessDeniedException', 'access to the KMS key was denied'],
  DisabledException: ['KMSDisabledException', 'the KMS key is disabled'],
  KMSInvalidStateException: ['KMSInvalidStateException', 'the state of the KMS key is not valid for Decrypt'],
  NotFoundException: ['KMSNotFoundException', 'the KMS key was not found'],
} as const;

/** @param fault what KMS says */
export const keyUnusable = ({ code, message }: ServiceError) => {
  const known = Object.hasOwn(FAULTS, code) ? (code as keyof typeof FAULTS) : 'AccessDeniedException';
  const [own, why] = FAULTS[known];
  return error(
    own,
    `Lambda could not decrypt durable execution data because ${why}. KMS Exception: ${code} KMS Message: ${message}`,
  );
};
/** Deviation: the words are Cloudyard's own. */
export const keyNotForDurable = (why: string) =>
  invalid(`The KMS key of the durable configuration cannot be used. ${why}`);
