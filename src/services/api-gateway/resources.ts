/** API Gateway's types of CloudFormation: REST APIs. */
import type { ResourceTypes } from '#kernel/contract';
import { apiTypes } from './resources/api.ts';
import { clientCertificateTypes } from './resources/client-certificate.ts';
import { documentationTypes } from './resources/documentation.ts';
import { domainTypes } from './resources/domain.ts';
import { methodType } from './resources/method.ts';
import { partTypes } from './resources/part.ts';
import { planTypes } from './resources/plan.ts';
import { stageTypes } from './resources/stage.ts';

export const resources: ResourceTypes = {
  ...apiTypes,
  ...clientCertificateTypes,
  ...documentationTypes,
  ...domainTypes,
  ...partTypes,
  ...planTypes,
  ...stageTypes,
  'AWS::ApiGateway::Method': methodType,
};
