/** Detectors of anomalies by CloudFormation. */
import type { InputOf, Properties, ResourceScope, ResourceType, ResourceTypes } from '#kernel/contract';
import { ifThere, isGone } from '#kernel/contract';
import { phrased } from './resources-shape.ts';

type Created = InputOf<'cloudwatch-logs', 'CreateLogAnomalyDetector'>;
type Updated = InputOf<'cloudwatch-logs', 'UpdateLogAnomalyDetector'>;

const GONE = 'ResourceNotFoundException';

function settings({ AnomalyVisibilityTime: days, EvaluationFrequency, FilterPattern }: Properties) {
  return {
    ...(days !== undefined && { anomalyVisibilityTime: Number(days) }),
    ...(EvaluationFrequency !== undefined && {
      evaluationFrequency: EvaluationFrequency as NonNullable<Updated['evaluationFrequency']>,
    }),
    ...(FilterPattern !== undefined && { filterPattern: String(FilterPattern) }),
  };
}

async function made(anomalyDetectorArn: string, { aws }: ResourceScope) {
  const found = await aws['cloudwatch-logs'].GetLogAnomalyDetector({ anomalyDetectorArn });
  return {
    id: anomalyDetectorArn,
    attributes: {
      AnomalyDetectorArn: anomalyDetectorArn,
      AnomalyDetectorStatus: found.anomalyDetectorStatus,
      CreationTimeStamp: found.creationTimeStamp,
      LastModifiedTimeStamp: found.lastModifiedTimeStamp,
    },
  };
}

const detector: ResourceType = {
  async create(properties, scope) {
    const { DetectorName, KmsKeyId, LogGroupArnList } = properties;
    const detectorName = String(DetectorName ?? scope.name(256));
    const logGroupArnList = (LogGroupArnList ?? []) as Created['logGroupArnList'];
    const logs = scope.aws['cloudwatch-logs'];
    if (scope.again) {
      const { anomalyDetectors = [] } = await logs.ListLogAnomalyDetectors({ filterLogGroupArn: logGroupArnList[0] });
      const found = anomalyDetectors.find((one) => one.detectorName === detectorName)?.anomalyDetectorArn;
      if (found !== undefined) return made(found, scope);
    }
    const { anomalyDetectorArn = '' } = await logs.CreateLogAnomalyDetector({
      detectorName,
      logGroupArnList,
      ...settings(properties),
      ...(KmsKeyId !== undefined && { kmsKeyId: String(KmsKeyId) }),
    });
    return made(anomalyDetectorArn, scope);
  },
  async update(anomalyDetectorArn, properties, _, scope) {
    const given = { anomalyDetectorArn, enabled: true, ...settings(properties) };
    await scope.aws['cloudwatch-logs'].UpdateLogAnomalyDetector(given);
    return made(anomalyDetectorArn, scope);
  },
  delete: (anomalyDetectorArn, _, { aws }) =>
    isGone(GONE, aws['cloudwatch-logs'].DeleteLogAnomalyDetector({ anomalyDetectorArn })),
  async read(anomalyDetectorArn, properties, { aws }) {
    const found = await ifThere(GONE, aws['cloudwatch-logs'].GetLogAnomalyDetector({ anomalyDetectorArn }));
    return (
      found && {
        ...properties,
        DetectorName: found.detectorName,
        LogGroupArnList: found.logGroupArnList,
        EvaluationFrequency: found.evaluationFrequency,
        AnomalyVisibilityTime: found.anomalyVisibilityTime,
        FilterPattern: found.filterPattern,
      }
    );
  },
  // The schema lets all change, the API does not.
  replaces: (properties, before) =>
    ['DetectorName', 'KmsKeyId', 'LogGroupArnList'].some(
      (name) => JSON.stringify(properties[name]) !== JSON.stringify(before[name]),
    ),
};

export const anomalyResources: ResourceTypes = {
  'AWS::Logs::LogAnomalyDetector': phrased('AWS::Logs::LogAnomalyDetector', detector, 'nothing'),
};
