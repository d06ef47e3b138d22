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
  const defaults: Parameters = {
    NumberOfRetries: String(LAMBDA_RETRIES),
    RoleArn: role,
    BufferSizeInMBs: kind === 'splunk' ? '0.25' : String(LAMBDA_BUFFER.SizeInMBs),
    BufferIntervalInSeconds: String(LAMBDA_BUFFER.IntervalInSeconds),
  };
  return {
    Enabled: configuration.Enabled ?? false,
    Processors: (configuration.Processors ?? []).map((processor) => {
      if (processor.Type !== 'Lambda') return processor;
      const all = Object.entries({ ...defaults, ...parametersOf(processor) });
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

/** What each processor may be told; those that it must be told. */
const KNOWN: { readonly [type in ProcessorType]: { may: ProcessorParameterName[]; must: ProcessorParameterName[] } } = {
  Lambda: {
    may: ['LambdaArn', 'NumberOfRetries', 'RoleArn', 'BufferSizeInMBs', 'BufferIntervalInSeconds'],
    must: ['LambdaArn'],
  },
  MetadataExtraction: {
    may: ['MetadataExtractionQuery', 'JsonParsingEngine'],
    must: ['MetadataExtractionQuery', 'JsonParsingEngine'],
  },
  RecordDeAggregation: { may: ['SubRecordType', 'Delimiter'], must: ['SubRecordType'] },
  AppendDelimiterToRecord: { may: ['Delimiter'], must: [] },
  Decompression: { may: ['CompressionFormat'], must: ['CompressionFormat'] },
  CloudWatchLogProcessing: { may: ['DataMessageExtraction'], must: [] },
};

const between = (text: string | undefined, least: number, most: number) =>
  text === undefined || (/^\d+(\.\d+)?$/.test(text) && Number(text) >= least && Number(text) <= most);

/** @throws {ServiceError} InvalidArgumentException */
export function checkProcessors(configuration: ProcessingConfiguration | undefined, isDynamic: boolean): void {
  const given = configuration?.Processors ?? [];
  for (const processor of given) {
    const { Type, Parameters: parameters = [] } = processor;
    const { may, must } = KNOWN[Type];
    const names = parameters.map(({ ParameterName }) => ParameterName);
    const alien = names.find((name) => !may.includes(name));
    if (alien !== undefined) throw invalid(`Processor ${Type} does not support the parameter ${alien}.`);
    const missing = must.find((name) => !names.includes(name));
    if (missing !== undefined) throw invalid(`Processor ${Type} requires the parameter ${missing}.`);
    if (new Set(names).size < names.length) throw invalid(`Processor ${Type} has a parameter more than once.`);
    checkParameters(Type, parametersOf(processor));
  }
  const types = given.map(({ Type }) => Type);
  if (new Set(types).size < types.length) throw invalid('Only one processor of each type is supported.');
  if (types.includes('CloudWatchLogProcessing') && !types.includes('Decompression'))
    throw invalid('CloudWatchLogProcessing requires the Decompression processor.');
  for (const type of ['MetadataExtraction', 'RecordDeAggregation'] as const)
    if (types.includes(type) && !isDynamic)
      throw invalid(`${type} processor is only supported when Dynamic Partitioning is enabled.`);
}

function checkParameters(type: ProcessorType, parameters: Parameters): void {
  const { LambdaArn, NumberOfRetries, BufferSizeInMBs, BufferIntervalInSeconds, SubRecordType } = parameters;
  if (LambdaArn !== undefined && !/^arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/.test(LambdaArn))
    throw invalid(`${LambdaArn} is not the ARN of a Lambda function.`);
  if (!between(NumberOfRetries, 0, 300)) throw invalid('NumberOfRetries must be between 0 and 300.');
  if (!between(BufferSizeInMBs, 0.2, 3)) throw invalid('BufferSizeInMBs must be between 0.2 and 3.');
  if (!between(BufferIntervalInSeconds, 0, 900)) throw invalid('BufferIntervalInSeconds must be between 0 and 900.');
  if (SubRecordType !== undefined && SubRecordType !== 'JSON' && SubRecordType !== 'DELIMITED')
    throw invalid('SubRecordType must be JSON or DELIMITED.');
  if (SubRecordType === 'DELIMITED' && parameters.Delimiter === undefined)
    throw invalid('SubRecordType DELIMITED requires the parameter Delimiter.');
  if (type === 'Decompression' && parameters.CompressionFormat !== 'GZIP')
    throw invalid('Decompression supports the CompressionFormat GZIP.');
  if (parameters.JsonParsingEngine !== undefined && parameters.JsonParsingEngine !== 'JQ-1.6')
    throw invalid('JsonParsingEngine must be JQ-1.6.');
}
