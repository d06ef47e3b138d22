/** What DynamoDB refuses. Source: DynamoDB API Reference, each operation's "Errors"; texts as recorded from AWS. */
import { errorsOf, type ServiceError } from '#kernel/contract';

const error = errorsOf('dynamodb');

/** A refusal in AWS's words, where the text is made beside the rule. */
export const invalid = (message: string) => error('ValidationException', message);
/** `One or more parameter values were invalid: …`. */
export const invalidParameter = (message: string) => invalid(`One or more parameter values were invalid: ${message}`);

export const resourceNotFound = () => error('ResourceNotFoundException', 'Requested resource not found');
export const tableNotFound = (name: string) =>
  error('ResourceNotFoundException', `Requested resource not found: Table: ${name} not found`);
export const subscriberLimit = (why: string) => error('LimitExceededException', `Subscriber limit exceeded: ${why}`);
export const replicaLimit = (region: string, why: string) =>
  error('LimitExceededException', `Limit exceeded for replica in ${region}. ${why}`);
/** Source: as measured (aws-controllers-k8s/dynamodb-controller, docs/api-quirks). */
export const unitsOverMost = (member: string, units: number, most: number, region: string, index?: string) =>
  error(
    'LimitExceededException',
    `The requested ${member}${index === undefined ? '' : ` for index ${index}`}, ${units}, is above the per ${index === undefined ? 'table' : 'index'} maximum for the account in ${region}. Per table maximum: ${most}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.`,
  );
/** Source: the same, which cut the text off after this. */
export const tooManyKeys = (count: number, end: number, last: number) =>
  subscriberLimit(
    `Encryption mode changes are limited in the 24h window ending at ${new Date(end).toISOString()}. After the first 4 change, each subsequent change in the same window can be performed at most once every 21600 seconds. Number of updates today: ${count}. Last change at ${new Date(last).toISOString()}`,
  );
export const indexNotFound = (index: string, table: string) =>
  error('ResourceNotFoundException', `Requested resource not found: Index ${index} for table ${table}`);
/** As contributor insights say it. */
export const insightsIndexNotFound = (index: string, table: string) =>
  error('ResourceNotFoundException', `Requested resource not found: Index: ${index} not found for table: ${table}`);
/** Of policies. */
export const streamNotFound = (label: string, table: string) =>
  error('ResourceNotFoundException', `Requested resource not found: Stream: ${label} not found for Table: ${table}`);
/** As the backup operations say it. */
export const tableNotFoundPlain = (name: string) => error('TableNotFoundException', `Table not found: ${name}`);
export const arnNotFound = (arn: string) =>
  error('ResourceNotFoundException', `Requested resource not found: ResourceArn: ${arn} not found`);
export const notGiven = (...members: string[]) =>
  invalid(
    `${members.length} validation error${members.length > 1 ? 's' : ''} detected: ${members.map((member) => `Value null at '${member}' failed to satisfy constraint: Member must not be null`).join('; ')}`,
  );
export const tableExists = (name: string) => error('ResourceInUseException', `Table already exists: ${name}`);
export const onlyOneIndexChange = () =>
  error(
    'LimitExceededException',
    'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table',
  );
export const tooManyTags = () => invalid('Number of Tags exceed the current limit for the provided ResourceArn');
export const badTagKey = (key: string) => invalid(`The Tag Key provided is invalid, Key: ${key}`);
export const badTagValue = (value: string) => invalid(`The Tag Value provided is invalid, Value: ${value}`);
export const reservedTagKey = (key: string) => invalid(`Tag Key cannot be prefixed with aws:, Key: ${key}`);
export const duplicateTag = (key: string) =>
  invalid(`Duplicate Tag Keys provided as input: Duplicate Tag Key found ${key}`);
export const deletionProtected = () =>
  invalid(
    'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
  );
export const streamAlreadyEnabled = (table: string) =>
  invalid(`Table already has an enabled stream: TableName: ${table}`);
export const streamNotEnabled = (table: string) => invalid(`Table has no stream to disable: TableName: ${table}`);
const badDestinationState = (why: string) => invalid(`Table is not in a valid state to ${why}`);
export const destinationTaken = () =>
  badDestinationState(
    'enable Kinesis Streaming Destination: EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE operation.',
  );
export const destinationNotActive = () =>
  badDestinationState(
    'enable Kinesis Streaming Destination: KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.',
  );
export const noSuchDestination = (stream: string, table: string) =>
  badDestinationState(
    `enable Kinesis Streaming Destination: No streaming destination with streamArn: ${stream} found for table with tableName: ${table}`,
  );
export const destinationNotUpdatable = (stream: string, table: string) =>
  badDestinationState(
    `enable Kinesis Streaming Destination: Kinesis streaming is not in ACTIVE state. Updates are only allowed in ACTIVE state. TableName: ${table}, kdsArn: ${stream}`,
  );
export const nothingToUpdate = () =>
  invalid(
    'Streaming destination cannot be updated with given parameters: UpdateKinesisStreamingConfiguration cannot be null or contain only null values',
  );
export const samePrecision = (precision: string, id: string, stream: string) =>
  invalid(
    `Invalid Request: Precision is already set to the desired value of ${precision} for tableId: ${id}, kdsArn: ${stream}`,
  );
export const streamNotAllowed = () => invalid('User does not have a permission to use kinesis stream');
const noPolicy = (why: string) =>
  error('PolicyNotFoundException', `Resource-based policy not found for the provided ResourceArn: ${why}`);
export const policyNotFound = (arn: string) => noPolicy(arn);
export const policyNotExpected = (table: string, revision: string) =>
  noPolicy(
    `Requested policy update expecting none to be present for table ${table}, but a policy exists with revision id ${revision}.`,
  );
export const policyNotThere = (table: string, expected: string) =>
  noPolicy(`Requested update for policy with revision id ${expected}, but table ${table} has no associated policy.`);
export const policyNotThatRevision = (table: string, expected: string, revision: string) =>
  noPolicy(
    `Requested update for policy with revision id ${expected}, but the policy associated to target table ${table} has revision id ${revision}.`,
  );
export const badPolicy = (why: string) => invalidParameter(`Invalid policy document: ${why}`);
/** Also where who is named is not there. Source: findings of ack-api-quirks, measured against AWS. */
export const noSuchPrincipal = () => invalidParameter('Invalid principal in policy document.');
export const policyTooLarge = () => invalidParameter('Maximum policy size of 20480 bytes exceeded');
export const policyLocksOut = () =>
  error(
    'AccessDeniedException',
    'The new resource policy will not allow you to update the resource policy in the future.',
  );
/** Refusals of ARNs. Source: findings of ack-api-quirks, measured against AWS. */
export const noArn = (text: string) => invalidParameter(`ARNs must start with 'arn:': ${text}`);
export const strangeArn = (arn: string) => invalidParameter(`Provided Arn is not a DynamoDB resource arn: ${arn}`);
export const indexArn = (arn: string) =>
  invalidParameter(`Invalid resource arn provided, only table or stream is accepted. Provided resource arn: ${arn}`);
export const arnElsewhere = (arn: string) => invalidParameter(`Invalid resource Arn: ${arn}`);
export const badPlaceOfArn = (part: 'region' | 'partition', arn: string) =>
  invalid(`1 validation error detected: Invalid AWS ${part} in '${arn}'`);
export const badArn = (arn: string) => invalid(`Invalid TableArn: Invalid ResourceArn provided as input ${arn}`);
const ofKms = (text: string, exception: string, code: string, requestId: string) =>
  `com.amazonaws.services.kms.model.${exception}: ${text} (Service: AWSKMS; Status Code: 400; Error Code: ${code}; Request ID: ${requestId}; Proxy: null)`;
export const kmsDenied = (exception: string, code: string, text: string, requestId: string) =>
  error('AccessDeniedException', `KMS key access denied error: ${ofKms(text, exception, code, requestId)}`);
/** @param region of a replica */
export const kmsInvalid = (code: string, text: string, requestId: string, region?: string) =>
  invalid(
    `KMS ${code === 'DisabledException' ? 'key disabled' : 'validation'} error${region === undefined ? '' : ` for region ${region}`}: ${ofKms(text, code, code, requestId)}`,
  );
export const sealedByDefault = () => invalidParameter('Table is already encrypted by default');
export const sealedAlready = () =>
  invalidParameter(
    'Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to change Master Key',
  );
export const localRegion = () =>
  invalid(
    'Cannot add or delete the local region through ReplicaUpdates. Use CreateTable, DeleteTable, or UpdateTable as required.',
  );
/** @param replicated whether the table has replicas elsewhere. Source of the first text: Terraform’s AWS provider, which knows it where a table lost its last replica. */
export const replicaNotFound = (region: string, replicated: boolean) =>
  invalid(
    !replicated
      ? 'Replica specified in the Replica Update or Replica Delete action of the request was not found.'
      : `Update global table operation failed because one or more replicas were not part of the global table. Please retry the request without these replicas: [${region}].`,
  );
export const noReplicaAction = () =>
  invalid('There are no actions specified in the Replica Update Action of the request.');
export const manyReplicaActions = () =>
  invalid('Update table operation with more than one type of replica actions not allowed.');
export const badReplicaRegion = (region: string, regions: readonly string[]) =>
  invalid(
    `Region ${region} is not supported. The latest version of global tables are only supported in the following regions: [${regions.join(', ')}]`,
  );
export const replicaProtected = (table: string, region: string) =>
  invalid(
    `Cannot delete table ${table} in region ${region} because it has deletion protection enabled. Disable deletion protection first.`,
  );
export const keyOfEachReplica = () => invalidParameter('KMSMasterKeyId must be specified for each replica.');
export const keysOfOneKind = () =>
  invalidParameter('All replica keys must either be Customer Managed CMK or AWS Managed CMK.');
/** Of a replica's key that is disabled. */
export const replicaKeyUnusable = () =>
  invalid(
    'Operation cannot be performed while replica server-side encryption status is in UPDATING state. Please retry the request after the status is updated to ENABLED.',
  );
export const customerKeyOfReplica = () =>
  invalid(
    'Invalid operation: Customer Managed CMKs on Global Table Version 2019.11.21 replicas cannot be updated through SSESpecification parameter and can only be updated through ReplicaUpdates parameter',
  );
export const replicaExists = (name: string) =>
  invalid(
    `Failed to create a the new replica of table with name: ‘${name}’ because one or more replicas already existed as tables.`,
  );
export const recentSource = () =>
  invalid(
    'Replica cannot be deleted because it has acted as a source region for new replica(s) being added to the table in the last 24 hours.',
  );
export const streamNeeded = () => invalidParameter('Disabling Stream is not allowed for a Global Table replica.');

export const conditionFailed = (item?: object) =>
  error(
    'ConditionalCheckFailedException',
    'The conditional request failed',
    item === undefined ? undefined : { Item: item },
  );
export const transactionCanceled = (reasons: readonly { Code: string }[]) =>
  error(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.map(({ Code }) => Code).join(', ')}]`,
    { CancellationReasons: reasons },
  );
/** Whether a fault of a key cancels the transaction its item is in: one of type, presence or size does (ExtendDB/extenddb, pull request 211), an empty one is told at once. */
export const cancels = (error: ServiceError) =>
  /^One or more parameter values were invalid: (Missing the key|Type mismatch for (key|Index Key)|Size of hashkey|Aggregated size of all range keys) |^The provided key element does not match/.test(
    error.message,
  );
export const transactionTooLarge = () => invalid('Transaction payload size cannot exceed 4 MB');
export const startKeyUseless = (name: string, type: string, value: string) =>
  invalid(
    `The provided exclusive start key is invalid: ExclusiveStartKey: {${name}=AttributeValue: {${type}:${value}}}`,
  );
export const tokenReused = () =>
  error(
    'IdempotentParameterMismatchException',
    'The parameters of this request do not match those of an earlier request with the same client token',
  );

/** PartiQL's refusals. Source: answers recorded from AWS. */
export const malformedStatement = (why: string) => invalid(`Statement wasn't well formed, can't be processed: ${why}`);
/** Of what is no token, or no number. */
export const unreadableStatement = () => malformedStatement('');
export const aliasing = () => invalid('Aliasing is not supported');
export const unknownFunction = (name: string, place: string) => invalid(`Unrecognized function: ${name} at ${place}`);
/** Of an operator or function, in the words of expressions. */
export const operandCount = (name: string, count: number) =>
  invalid(
    `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${count}`,
  );
/** Of `IN`, here and in an expression. Source: reapit/foundations#8255. */
export const tooManyOperands = (count: number) =>
  `The IN operator is provided with too many operands; number of operands: ${count}`;
/** Of `IN` on a key: each value is a read of its own. The text is from memory, and was compared with no answer of AWS. */
export const tooManyReads = () => invalid('Too many decomposed read operations for a given query.');
export const pathNeeded = (name: string) =>
  invalid(`Operator or function requires a document path; operator or function: ${name}`);
/** Of `SET_ADD` and `SET_DELETE`. */
export const setTarget = (name: string, place: string) =>
  invalid(`The first argument to ${name} must equal the assignment value at ${place}`);
export const setArguments = (name: string, place: string) =>
  invalid(`${name} must have exactly two arguments at ${place}`);
export const setNeeded = (name: string, place: string) =>
  invalid(`The second argument to ${name} must be a value with type SET at ${place}`);
export const emptyBag = () => invalid('Empty bags are not supported');
export const statementTooDeep = () => malformedStatement('Statement is nested too deeply');
export const numberOfParameters = () => invalid("Number of parameters in request and statement don't match.");
export const emptyPathComponent = () => invalid('Path component cannot be an empty string');
export const unsupportedReturning = (text: string) => malformedStatement(`Unsupported RETURNING clause: ${text}`);
export const returningOfDelete = (text: string) =>
  invalid(`Invalid returning clause: RETURNING ${text} *. Only RETURNING ALL OLD * is allowed in DELETE statements.`);
export const noKeyInWhere = () => invalid('Where clause does not contain a mandatory equality on all key attributes');
export const severalKeyAttributes = () =>
  invalid(
    'PartiQL statements cannot be executed on tables with multi-attribute HASH keys or multi-attribute RANGE keys.',
  );
export const noSuchIndexHere = () => invalid('The table does not have the specified index');
export const notOnIndex = () => invalid('This operation is not supported on an index');
export const conditionless = () => invalid('Statement is not supported here');
export const consistentOnGlobal = () =>
  invalid('Strongly consistent read is not supported on Global Secondary Indexes');
export const notProjected = (index: string, names: readonly string[]) =>
  invalidParameter(`Global secondary index ${index} does not project [${names.join(', ')}]`);
export const notProjectedFilter = (index: string, names: readonly string[]) =>
  invalidParameter(`Secondary index ${index} does not project one or more filter attributes: [${names.join(', ')}]`);
export const orderNeedsWhere = () => invalid('Must have WHERE clause in the statement when using ORDER BY clause.');
export const orderNeedsHash = () =>
  invalid('Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.');
export const orderNeedsKey = (name: string) =>
  invalid(`Variable reference ${name} in ORDER BY clause must be part of the primary key.`);
export const badNextToken = () => invalid('Invalid NextToken');
export const strayNextToken = () => invalid('NextToken does not match request');
export const tokenWithoutSelect = () => invalid('NextToken is only valid on a SELECT statement');
export const mixedBatch = () => invalid('Read and write requests together in the same batch is not supported.');
export const mixedTransaction = () =>
  invalid('ExecuteTransaction API does not support both read and write operations in the same request.');
export const batchSelectNeedsKey = () =>
  invalid('Select statements within BatchExecuteStatement must specify the primary key in the where clause.');
const inTransaction = (at: number, why: string) => invalid(`Validation failed in TransactStatements[${at}]: ${why}`);
export const transactSelectNeedsKey = (at: number) =>
  inTransaction(at, 'Select statements within ExecuteTransaction must specify the primary key in the where clause.');
export const existsNeedsCondition = (at: number) =>
  inTransaction(at, 'EXISTS() must contain a single item read with additional condition');
export const transactReturning = (at: number) =>
  inTransaction(at, 'RETURNING clause is not supported in ExecuteTransaction.');
export const transactIndex = (at: number) =>
  inTransaction(at, 'Reads on indices are not supported within transactions.');
export const existsOutside = () => invalid('EXISTS is only supported in ExecuteTransaction');
export const duplicateItem = () => error('DuplicateItemException', 'Duplicate primary key exists in table');

export const throughputExceeded = (reason: string, resource: string, isIndex: boolean) =>
  error(
    'ProvisionedThroughputExceededException',
    isIndex
      ? 'The level of configured provisioned throughput for one or more global secondary indexes of the table was exceeded. Consider provisioning your under-provisioned global secondary indexes with the UpdateTable API'
      : 'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.',
    { ThrottlingReasons: [{ reason, resource }] },
  );
/** Source: API Reference, TransactionCanceledException: the texts of throttling. */
export const hotKey = (reason: string, resource: string, isIndex: boolean) =>
  error(
    'ThrottlingException',
    isIndex
      ? 'Throughput exceeds the current capacity for one or more global secondary indexes. DynamoDB is automatically scaling your index so please try again shortly.'
      : 'Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or index so please try again shortly. If exceptions persist, check if you have a hot key: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html',
    { throttlingReasons: [{ reason, resource }] },
  );
export const onDemandExceeded = (reason: string, resource: string) =>
  error('ThrottlingException', 'Throughput exceeds the maximum OnDemandThroughput configured on table or index', {
    throttlingReasons: [{ reason, resource }],
  });
/** @param last and `next` are instants as AWS prints them */
export const tooManyDecreases = (today: number, last: string, next: string) =>
  error(
    'LimitExceededException',
    `Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day. After the first 4 decreases, each subsequent decrease in the same UTC day can be performed at most once every 3600 seconds. Number of decreases today: ${today}. Last decrease at ${last}. Next decrease can be made at ${next}`,
  );

export const tableBeingCreated = (name: string) =>
  error(
    'ResourceInUseException',
    `Attempt to change a resource which is still in use: Table is being created: ${name}`,
  );
const stillInUse = (why: string) =>
  error('ResourceInUseException', `Attempt to change a resource which is still in use: ${why}`);
export const tableBeingUpdated = (name: string) => stillInUse(`Table: ${name} is in the process of being updated.`);
export const tableBeingUsed = (name: string) => stillInUse(`Table is being used: ${name}`);
export const indexesChanging = () =>
  stillInUse('Cannot delete table while indexes are being created, updated, or deleted.');
export const copyUnderWay = (name: string) =>
  error(
    'ResourceInUseException',
    `Attempt to change a resource which is still in use: Table: ${name} has a backup or restore in progress`,
  );

export const legacyGlobalTable = () =>
  invalidParameter(
    'DynamoDB global tables version 2017.11.29 is not supported. We recommend using DynamoDB global tables version 2019.11.21, instead of version 2017.11.29 (Legacy).',
  );
export const globalTableNotFound = (name: string) =>
  error('GlobalTableNotFoundException', `Global table not found: Global table with name: '${name}' does not exist.`);

export const badNumber = (text: string) =>
  invalid(
    text === ''
      ? 'The parameter cannot be converted to a numeric value'
      : `The parameter cannot be converted to a numeric value: ${text}`,
  );
export const tooManyDigits = () => invalid('Attempting to store more than 38 significant digits in a Number');
export const numberOverflow = () =>
  invalid('Number overflow. Attempting to store a number with magnitude larger than supported range');
export const numberUnderflow = () =>
  invalid('Number underflow. Attempting to store a number with magnitude smaller than supported range');
export const emptyName = () => invalidParameter('Empty attribute name');
export const emptyValue = () =>
  invalid('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes');
export const manyTypes = () =>
  invalid(
    'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
  );
export const nestedTooDeep = () =>
  invalid(
    'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit',
  );
export const itemTooLarge = () => invalid('Item size has exceeded the maximum allowed size');
export const updateTooLarge = () => invalid('Item size to update has exceeded the maximum allowed size');

export const missingKey = (name: string) => invalidParameter(`Missing the key ${name} in the item`);
export const keyMismatch = () => invalid('The provided key element does not match the schema');
export const keyType = (name: string, expected: string, actual: string) =>
  invalidParameter(`Type mismatch for key ${name} expected: ${expected} actual: ${actual}`);
const notValid = (why: string) => invalid(`One or more parameter values are not valid. ${why}`);
const emptied = (type: string) =>
  `The AttributeValue for a key attribute cannot contain an empty ${type === 'B' ? 'binary' : 'string'} value.`;
export const emptyKey = (name: string, type: string) => notValid(`${emptied(type)} Key: ${name}`);
/** The same of a key that names an item. */
export const emptyKeyValue = (name: string, type: string) => invalidParameter(`${emptied(type)} Key: ${name}`);
export const nestedKey = (kind: 'Key' | 'IndexKey', name: string) =>
  invalid(
    `Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: ${kind}: ${name}`,
  );
export const indexKeyType = (name: string, expected: string, actual: string, index: string) =>
  invalidParameter(`Type mismatch for Index Key ${name} Expected: ${expected} Actual: ${actual} IndexName: ${index}`);
export const emptyIndexKey = (name: string, type: string, index: string) =>
  notValid(
    `A value specified for a secondary index key is not supported. ${emptied(type)} IndexName: ${index}, IndexKey: ${name}`,
  );
/** Source: ExtendDB/extenddb, pull request 275. */
export const indexKeyEmptied = (_: string, type: string) =>
  notValid(
    `The update expression attempted to update a secondary index key to a value that is not supported. ${emptied(type)}`,
  );
export const indexKeyTooLong = (name: string, size: number, most: number, index: string) =>
  invalidParameter(
    `Size limit exceeded for Index Key ${name} Actual Size: ${size} bytes Max Size: ${most} bytes IndexName: ${index}`,
  );
/** Of what an update makes of an item, where its request alone does not tell. */
export const indexKeyUpdated = () =>
  invalid('The update expression attempted to update the secondary index key to unsupported type');
export const indexUpdateBlocked = () =>
  invalid(
    'This operation cannot be performed with given input values. Please contact DynamoDB service team for more info: Action Blocked: IndexUpdate',
  );
export const partitionKeyTooLong = () =>
  invalidParameter('Size of hashkey has exceeded the maximum size limit of2048 bytes');
export const sortKeyTooLong = () =>
  invalidParameter('Aggregated size of all range keys has exceeded the size limit of 1024 bytes');
export const keyUpdated = (name: string) =>
  invalidParameter(`Cannot update attribute ${name}. This attribute is part of the key`);
export const noSuchIndex = (name: string) => invalid(`The table does not have the specified index: ${name}`);
