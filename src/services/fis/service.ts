/** AWS Fault Injection Service: experiments that break things on purpose, by the rules of kernel/faults. */
import { defineService } from '#kernel/contract';
import { invalid } from './errors.ts';
import {
  createTargetAccountConfiguration,
  deleteTargetAccountConfiguration,
  getExperimentTargetAccountConfiguration,
  getTargetAccountConfiguration,
  listExperimentTargetAccountConfigurations,
  listTargetAccountConfigurations,
  updateTargetAccountConfiguration,
} from './operations/account.ts';
import { getAction, getTargetResourceType, listActions, listTargetResourceTypes } from './operations/catalog.ts';
import {
  alarmRaised,
  getExperiment,
  listExperimentResolvedTargets,
  listExperiments,
  startExperiment,
  stopExperiment,
} from './operations/experiment.ts';
import { getSafetyLever, updateSafetyLeverState } from './operations/lever.ts';
import { listTagsForResource, tagResource, untagResource } from './operations/tag.ts';
import {
  createExperimentTemplate,
  deleteExperimentTemplate,
  getExperimentTemplate,
  listExperimentTemplates,
  updateExperimentTemplate,
} from './operations/template.ts';
import { access } from './policy.ts';
import { deliverLog } from './run/log.ts';
import { forget, forgetToken, run, wake } from './run/run.ts';

export const service = defineService<'fis'>({
  name: 'fis',
  prefix: 'fis',
  reservedTag: invalid,
  access,
  tasks: { run, deliverLog },
  timers: { wake, forget, forgetToken },
  events: { 'cloudwatch.alarm': alarmRaised },
  operations: {
    CreateExperimentTemplate: createExperimentTemplate,
    CreateTargetAccountConfiguration: createTargetAccountConfiguration,
    DeleteExperimentTemplate: deleteExperimentTemplate,
    DeleteTargetAccountConfiguration: deleteTargetAccountConfiguration,
    GetAction: getAction,
    GetExperiment: getExperiment,
    GetExperimentTargetAccountConfiguration: getExperimentTargetAccountConfiguration,
    GetExperimentTemplate: getExperimentTemplate,
    GetSafetyLever: getSafetyLever,
    GetTargetAccountConfiguration: getTargetAccountConfiguration,
    GetTargetResourceType: getTargetResourceType,
    ListActions: listActions,
    ListExperimentResolvedTargets: listExperimentResolvedTargets,
    ListExperimentTargetAccountConfigurations: listExperimentTargetAccountConfigurations,
    ListExperimentTemplates: listExperimentTemplates,
    ListExperiments: listExperiments,
    ListTagsForResource: listTagsForResource,
    ListTargetAccountConfigurations: listTargetAccountConfigurations,
    ListTargetResourceTypes: listTargetResourceTypes,
    StartExperiment: startExperiment,
    StopExperiment: stopExperiment,
    TagResource: tagResource,
    UntagResource: untagResource,
    UpdateExperimentTemplate: updateExperimentTemplate,
    UpdateSafetyLeverState: updateSafetyLeverState,
    UpdateTargetAccountConfiguration: updateTargetAccountConfiguration,
  },
});
