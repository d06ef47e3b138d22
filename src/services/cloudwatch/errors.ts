/** What CloudWatch refuses. Source: CloudWatch API Reference, "Errors" of each operation; texts as recorded from AWS. */
import { errorsOf } from '#kernel/contract';

const error = errorsOf('cloudwatch');

export const invalidValue = (message: string) => error('InvalidParameterValueException', message);
export const invalidCombination = (message: string) => error('InvalidParameterCombinationException', message);
export const missing = (message: string) => error('MissingRequiredParameterException', message);
export const validation = (message: string) => error('ValidationError', message);
export const alarmNotFound = (name: string) => error('ResourceNotFound', `Unknown alarm: ${name}`);
export const alarmsNotFound = (names: readonly string[]) =>
  error('ResourceNotFound', `Alarms not found: ${names.join(', ')}`);
export const resourceNotFound = (arn: string) => error('ResourceNotFoundException', `Unknown resource: ${arn}`);
export const badToken = () => error('InvalidNextToken', 'Invalid NextToken');
export const badStateData = (message: string) => error('InvalidFormatFault', message);
