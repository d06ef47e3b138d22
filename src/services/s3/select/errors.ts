/** What a query over an object is refused with. Source: S3 API Reference, "List of SELECT Object Content Error Codes". */
import { errorsOf } from '#kernel/contract';

const error = errorsOf('s3');

export const expressionTooLong = () =>
  error(
    'ExpressionTooLong',
    'The SQL expression is too long: The maximum byte-length for the SQL expression is 256 KB.',
  );
export const invalidExpressionType = () =>
  error('InvalidExpressionType', 'The ExpressionType value is not valid. Only SQL expressions are supported.');
export const invalidCompression = () =>
  error(
    'InvalidCompressionFormat',
    'The file is not in a supported compression format. Only GZIP and BZIP2 are supported.',
  );
export const invalidFileHeaderInfo = () =>
  error('InvalidFileHeaderInfo', 'The FileHeaderInfo value is not valid. Only NONE, USE, and IGNORE are supported.');
export const invalidJsonType = () =>
  error('InvalidJsonType', 'The JsonType value is not valid. Only DOCUMENT and LINES are supported.');
export const invalidQuoteFields = () =>
  error('InvalidQuoteFields', 'The QuoteFields value is not valid. Only ALWAYS and ASNEEDED are supported.');
export const invalidDataSource = () =>
  error('InvalidDataSource', 'The data source type is not valid. Only CSV, JSON, and Parquet are supported.');
export const invalidRequestParameter = () =>
  error(
    'InvalidRequestParameter',
    'The value of a parameter in the SelectRequest element is not valid. Check the service API documentation and try again.',
  );
export const unsupportedScanRange = () =>
  error('UnsupportedScanRangeInput', 'Scan range queries are not supported on this type of object.');
export const invalidScanRange = () => error('InvalidScanRange', 'The provided scan range is not valid.');
export const invalidCharacter = () =>
  error('LexerInvalidChar', 'The SQL expression contains a character that is not valid.');
export const unexpectedToken = () => error('ParseUnexpectedToken', 'The SQL expression contains an unexpected token.');
export const unexpectedKeyword = () =>
  error('ParseUnexpectedKeyword', 'The SQL expression contains an unexpected keyword.');
export const unsupportedFunction = () => error('UnsupportedFunction', 'We encountered an unsupported SQL function.');
export const unsupportedStructure = () =>
  error('UnsupportedSqlStructure', 'We encountered an unsupported SQL structure. Check the SQL Reference.');
export const invalidTable = () =>
  error('DataSourcePathUnsupported', 'The data source path is not supported. Use S3Object.');
export const invalidDataType = () =>
  error('InvalidDataType', 'The SQL expression contains a data type that is not valid.');
export const castFailed = () =>
  error('CastFailed', 'An attempt to convert from one data type to another using CAST failed in the SQL expression.');
export const wrongArgument = () =>
  error(
    'IncorrectSqlFunctionArgumentType',
    'An incorrect argument type was specified in a function call in the SQL expression.',
  );
export const badTimestamp = () =>
  error('ValueParseFailure', 'A timestamp parse failure occurred in the SQL expression.');
export const ambiguousField = () =>
  error(
    'AmbiguousFieldName',
    'The field name matches to multiple fields in the file. Check the SQL expression and the file, and try again.',
  );
export const missingHeader = () =>
  error('MissingHeaders', 'Some headers in the query are missing from the file. Check the file and try again.');
export const badColumnIndex = () => error('InvalidColumnIndex', 'The column index in the SQL expression is not valid.');
export const csvFault = () =>
  error('CSVParsingError', 'An error occurred while parsing the CSV file. Check the file and try again.');
export const jsonFault = () =>
  error('JSONParsingError', 'An error occurred while parsing the JSON file. Check the file and try again.');
export const recordTooLong = () =>
  error(
    'OverMaxRecordSize',
    'The length of a record in the input or result is greater than the maxCharsPerRecord limit of 1 MB.',
  );
export const truncatedInput = () =>
  error(
    'TruncatedInput',
    'Object decompression failed. Check that the object is properly compressed using the format specified in the request.',
  );
