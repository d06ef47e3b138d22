/** KMS doesn't quote a secret at all. Source: answer recorded from AWS to a plaintext that is too long. */
import { commonError, type Voice } from '#kernel/contract';

export const voice: Voice = {
  invalid: (failures, usual) =>
    commonError('ValidationException', usual(failures).message.replaceAll("Value '***' at", 'Value at')),
};
