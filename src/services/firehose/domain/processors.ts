/** Processors: what happens to records on their way. Source: API Reference, Processor, ProcessorParameter. */
import type { ProcessingConfiguration, Processor, ProcessorParameterName, ProcessorType } from '#models/firehose';
import { invalid } from '../errors.ts';
import { LAMBDA_BUFFER, LAMBDA_RETRIES } from '../limits.ts';
import type { Destination } from '../state.ts';

type Parameters = { readonly [name in ProcessorParameterName]?: string };

/** The parameters of each processor there is. */
export type Processors = { readonly [type in ProcessorType]?: Parameters };

const parametersOf = ({ Parameters: given = [] }: Processor): Parameters =>
  Object.fromEntries(given.map(({ ParameterName, ParameterValue }) => [ParameterName, ParameterValue]));

/** Undefined where nothing is processed. */
export function processorsOf(configuration: ProcessingConfiguration | undefined): Processors | undefined {
  const { Enabled, Processors: given = [] } = configuration ?? {};
  if (Enabled !== true || given.length === 0) return undefined;
  return Object.fromEntries(given.map((processor) => [processor.Type, parametersOf(processor)]));
}

/** AWS shows the defaults of a function's parameters as if they had been given. @param role of the destination */
export function withDefaults(
  configuration: ProcessingConfiguration,
  kind: Destination['kind'],
  role: string,
): ProcessingConfiguration {
  const defaults: Parameters = { NumberOfRetries: String(LAMBDA_RETRIES), RoleArn: role };
  const buffering: Parameters = {
    BufferSizeInMBs: kind === 'splunk' ? '0.25' : String(LAMBDA_BUFFER.SizeInMBs),
    BufferIntervalInSeconds: String(LAMBDA_BUFFER.IntervalInSeconds),
  };
  return {
    Enabled: configuration.Enabled ?? false,
    Processors: (configuration.Processors ?? []).map((processor) => {
      if (processor.Type !== 'Lambda') return processor;
      const own = parametersOf(processor);
      // One of the two without the other is refused later.
      const isBuffered = own.BufferSizeInMBs !== undefined || own.BufferIntervalInSeconds !== undefined;
      const all = Object.entries({ ...defaults, ...(isBuffered ? {} : buffering), ...own });
      return {
        Type: processor.Type,
        Parameters: all.map(([name, ParameterValue]) => ({
          ParameterName: name as ProcessorParameterName,
          ParameterValue,
        })),
      };
    }),
  };
}

/** How long records gather before they are processed: not at all where no function is called. */
export function lambdaBuffering(processors: Processors | undefined): { SizeInMBs: number; IntervalInSeconds: number } {
  const parameters = processors?.Lambda;
  if (parameters === undefined) return { ...LAMBDA_BUFFER, IntervalInSeconds: 0 };
  return {
    SizeInMBs: Number(parameters.BufferSizeInMBs ?? LAMBDA_BUFFER.SizeInMBs),
    IntervalInSeconds: Number(parameters.BufferIntervalInSeconds ?? LAMBDA_BUFFER.IntervalInSeconds),
  };
}

/** What each processor may be told. */
const KNOWN: { readonly [type in ProcessorType]: readonly ProcessorParameterName[] } = {
  Lambda: ['LambdaArn', 'NumberOfRetries', 'RoleArn', 'BufferSizeInMBs', 'BufferIntervalInSeconds'],
  MetadataExtraction: ['MetadataExtractionQuery', 'JsonParsingEngine'],
  RecordDeAggregation: ['SubRecordType', 'Delimiter'],
  AppendDelimiterToRecord: ['Delimiter'],
  Decompression: ['CompressionFormat'],
  CloudWatchLogProcessing: ['DataMessageExtraction'],
};
const PROCESSORS_MAX = 5;
/** They may be there more than once, and work once. Source: radkawar/stackd, measured in 2026. */
const REPEATED: readonly ProcessorType[] = ['AppendDelimiterToRecord', 'Decompression', 'CloudWatchLogProcessing'];

const between = (text: string | undefined, least: number, most: number) =>
  text === undefined || (/^\d+(\.\d+)?$/.test(text) && Number(text) >= least && Number(text) <= most);

/**
 * Sees that processors can be. Source: refusals of AWS as measured in September 2026 (github.com/badmintoncryer/cdk-preflight).
 *
 * @throws {ServiceError} InvalidArgumentException
 */
export function checkProcessors(configuration: ProcessingConfiguration | undefined, isDynamic: boolean): void {
  const given = configuration?.Processors ?? [];
  if (configuration?.Enabled === true && (given.length === 0 || given.length > PROCESSORS_MAX))
    throw invalid(
      `A maximum of ${PROCESSORS_MAX} and a minimum of 1 processor needs to be supplied when processing is enabled.`,
    );
  const types = given.map(({ Type }) => Type);
  const twice = types.find((type, index) => !REPEATED.includes(type) && types.indexOf(type) < index);
  if (twice !== undefined) throw invalid(`Cannot have more than 1 ${twice} processor.`);
  for (const type of ['MetadataExtraction', 'RecordDeAggregation'] as const)
    if (types.includes(type) && !isDynamic)
      throw invalid(
        `class com.amazonaws.services.firehose.internal.model.${type}Processor can only be present when Dynamic Partitioning is enabled.`,
      );
  for (const processor of given) {
    const { Type, Parameters: parameters = [] } = processor;
    const names = parameters.map(({ ParameterName }) => ParameterName);
    const alien = names.find((name) => !KNOWN[Type].includes(name));
    if (alien !== undefined) throw invalid(`Processor ${Type} does not support the parameter ${alien}.`);
    if (new Set(names).size < names.length) throw invalid(`Processor ${Type} has a parameter more than once.`);
    CHECKS[Type](parametersOf(processor));
  }
  if (types.includes('CloudWatchLogProcessing') && !types.includes('Decompression'))
    throw invalid('CloudWatchLogProcessingProcessor can only be enabled with DecompressionProcessor');
}

const CHECKS: { readonly [type in ProcessorType]: (parameters: Parameters) => void } = {
  Lambda: checkLambda,
  MetadataExtraction({ MetadataExtractionQuery: query, JsonParsingEngine: engine }) {
    if (query === undefined || engine !== 'JQ-1.6')
      throw invalid('MetaDataExtraction JSON Parsing Engine has to be one of JQ-1.6');
  },
  RecordDeAggregation({ SubRecordType: type, Delimiter: delimiter }) {
    if (type !== 'JSON' && type !== 'DELIMITED') throw invalid('SubRecordType has to be one of JSON, DELIMITED');
    if (type === 'DELIMITED' && delimiter === undefined) throw invalid('Delimiter should be present for DELIMITED');
  },
  AppendDelimiterToRecord() {},
  Decompression({ CompressionFormat: format }) {
    if (format !== undefined && format !== 'GZIP') throw invalid('Decompression supports the CompressionFormat GZIP.');
  },
  CloudWatchLogProcessing({ DataMessageExtraction: wanted = '' }) {
    if (!/^(true|false)$/i.test(wanted))
      throw invalid('Invalid parameter value for DataMessageExtraction. Allowed values are True and False.');
  },
};

function checkLambda({ LambdaArn: arn, NumberOfRetries, BufferSizeInMBs: size, ...rest }: Parameters): void {
  const { BufferIntervalInSeconds: interval } = rest;
  if (arn === undefined) throw invalid('LambdaArn is required when Lambda processor is used.');
  if (!/^arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/.test(arn))
    throw invalid(`${arn} is not the ARN of a Lambda function.`);
  if (!between(NumberOfRetries, 0, 300)) throw invalid('Number of retries for lambda must be between 0 and 300.');
  if ((size === undefined) !== (interval === undefined))
    throw invalid(
      'Both BufferSizeInMBs and BufferIntervalInSeconds are required to configure buffering for lambda processor.',
    );
  if (!between(size, 0.2, 3)) throw invalid('BufferSizeInMBs for lambda processor must be between 0.2 and 3.');
  if (!between(interval, 0, 900))
    throw invalid('BufferIntervalInSeconds for lambda processor must be between 0 and 900.');
}
