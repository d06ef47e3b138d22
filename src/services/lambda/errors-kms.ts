/** What is told where KMS refuses the key of environment variables. Source of the codes: Lambda API Reference, Invoke, "Errors". */
import { errorsOf, ServiceError } from '#kernel/contract';
import { invalid } from './errors.ts';

const error = errorsOf('lambda');

const KMS_FAULTS = {
  AccessDeniedException: ['KMSAccessDeniedException', 'KMS access was denied'],
  DisabledException: ['KMSDisabledException', 'the KMS key used is disabled'],
  KMSInvalidStateException: ['KMSInvalidStateException', 'the KMS key used is in an invalid state for Decrypt'],
  NotFoundException: ['KMSNotFoundException', 'the KMS key was not found'],
} as const;
const kmsFault = ({ code }: ServiceError) =>
  KMS_FAULTS[Object.hasOwn(KMS_FAULTS, code) ? (code as keyof typeof KMS_FAULTS) : 'AccessDeniedException'];
/** Source: cattle-ops/terraform-aws-gitlab-runner, pull request 1253; Lambda Developer Guide, "Troubleshoot invocation issues". */
export const notOpened = (fault: ServiceError) => {
  const [code, why] = kmsFault(fault);
  return error(
    code,
    `Lambda was unable to decrypt the environment variables because ${why}. Please check the function's KMS key settings. KMS Exception: ${fault.code}KMS Message: ${fault.message}`,
  );
};
const checkKey = (fault: ServiceError) =>
  `Please check your KMS ${fault.code === 'AccessDeniedException' ? 'permissions' : 'key settings'}. KMS Exception: ${fault.code} KMS Message: ${fault.message}`;
/** What is told in place of variables. Source: GetFunction's answer, as a user shows it; of other faults than a denial the words are those of calls. */
export const notShown = (fault: ServiceError) =>
  `Lambda was unable to decrypt your environment variables because ${kmsFault(fault)[1].replace(/^KMS access/, 'the KMS access')}. ${checkKey(fault)}`;
/** As `notShown`. */
export const notSealed = (fault: ServiceError) =>
  invalid(
    `Lambda was unable to encrypt your environment variables because ${kmsFault(fault)[1].replace(/^KMS access/, 'the KMS access')}. ${checkKey(fault)}`,
  );
/** Source: hashicorp/terraform, issue 20813, for what is no denial. */
export const notConfigured = (fault: ServiceError) =>
  fault.code === 'AccessDeniedException'
    ? invalid(
        `Lambda was unable to configure access to your environment variables because the KMS access was denied. ${checkKey(fault)}`,
      )
    : invalid(
        `Lambda was unable to configure access to your environment variables because the KMS key is invalid for CreateGrant. ${checkKey(fault)}`,
      );
/** Source: hashicorp/terraform, issue 20813. */
export const aliasOfKey = () =>
  notConfigured(new ServiceError('InvalidArnException', 'Key Aliases are not supported for this operation.'));
