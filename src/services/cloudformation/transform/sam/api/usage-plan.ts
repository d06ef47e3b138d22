/** Usage plans and keys of REST APIs: for each API, or shared by all of them. */
import type { Json, JsonObject } from '../../../domain/parse.ts';
import { resourceFault, templateFault } from '../faults.ts';
import { type Made, made } from '../made.ts';
import { addOnce } from '../role.ts';
import type { Declared, Setting } from '../setting.ts';
import { isGiven, isMap, mapOf, ref } from '../values.ts';

const KEYS = ['CreateUsagePlan', 'Description', 'Quota', 'Tags', 'Throttle', 'UsagePlanName'];

/**
 * The usage plan of a REST API, its key, and what binds them; none where none is asked for.
 *
 * @throws {SamFault}
 */
export function usagePlanOf(declared: Declared, stage: Made, setting: Setting): Made[] {
  const { id, given, passed } = declared;
  const plan = mapOf(given.Auth).UsagePlan;
  if (plan === undefined || plan === null) return [];
  if (!isMap(plan)) throw resourceFault(id, "'UsagePlan' must be a dictionary");
  if (!Object.keys(plan).every((key) => KEYS.includes(key)))
    throw resourceFault(id, "Invalid property for 'UsagePlan'");
  const kind = plan.CreateUsagePlan;
  if (kind === undefined || kind === null)
    throw resourceFault(id, "'CreateUsagePlan' is a required field for UsagePlan.");
  if (kind !== 'SHARED' && kind !== 'PER_API' && kind !== 'NONE')
    throw resourceFault(id, "'CreateUsagePlan' accepts one of ['SHARED', 'PER_API', 'NONE'].");
  if (kind === 'NONE') return [];
  const place = { ApiId: ref(id), Stage: ref(stage.id) };
  const keyed = { RestApiId: ref(id), StageName: ref(stage.id) };
  if (kind === 'PER_API') {
    const around = { prefix: id, dependsOn: [id], stages: [place], keys: [keyed], attributes: () => passed };
    return write(plan, { ...around, keyId: `${id}ApiKey` });
  }
  const { plan: shared } = setting;
  addOnce(shared.dependsOn, id);
  addOnce(shared.stages, place);
  addOnce(shared.keys, keyed);
  return write(plan, {
    prefix: 'Serverless',
    keyId: 'ServerlessApiKey',
    dependsOn: shared.dependsOn,
    stages: shared.stages,
    keys: shared.keys,
    attributes: () => sharedAttributes(passed, setting),
  });
}

type Parts = {
  prefix: string;
  keyId: string;
  dependsOn: Json[];
  stages: Json[];
  keys: Json[];
  attributes(): JsonObject;
};

function write(plan: JsonObject, { prefix, keyId, dependsOn, stages, keys, attributes }: Parts): Made[] {
  const planId = `${prefix}UsagePlan`;
  const { CreateUsagePlan: _, ...rest } = plan;
  return [
    made(
      planId,
      'AWS::ApiGateway::UsagePlan',
      { ...Object.fromEntries(Object.entries(rest).filter(([, value]) => isGiven(value))), ApiStages: stages },
      { dependsOn, attributes: attributes() },
    ),
    made(
      keyId,
      'AWS::ApiGateway::ApiKey',
      { Enabled: true, StageKeys: keys },
      { dependsOn: [planId], attributes: attributes() },
    ),
    made(
      `${prefix}UsagePlanKey`,
      'AWS::ApiGateway::UsagePlanKey',
      { KeyId: ref(keyId), KeyType: 'API_KEY', UsagePlanId: ref(planId) },
      { dependsOn: [keyId], attributes: attributes() },
    ),
  ];
}

const CONDITION = 'SharedUsagePlanCondition';

/** The plan is there as long as one of its APIs is; the most careful of their policies holds. */
function sharedAttributes(
  { DeletionPolicy, UpdateReplacePolicy, Condition }: JsonObject,
  setting: Setting,
): JsonObject {
  const { plan } = setting;
  if (isGiven(DeletionPolicy) && (plan.deletion === undefined || DeletionPolicy === 'Retain'))
    plan.deletion = DeletionPolicy;
  const rank = ['Delete', 'Snapshot', 'Retain'];
  if (
    isGiven(UpdateReplacePolicy) &&
    (plan.replacement === undefined ||
      rank.indexOf(String(UpdateReplacePolicy)) > rank.indexOf(String(plan.replacement)))
  )
    plan.replacement = UpdateReplacePolicy;
  joinCondition(Condition, setting);
  return {
    ...(plan.deletion !== undefined && { DeletionPolicy: plan.deletion }),
    ...(plan.replacement !== undefined && { UpdateReplacePolicy: plan.replacement }),
    ...(plan.conditions.size > 0 && !plan.hasUnconditional && { Condition: CONDITION }),
  };
}

function joinCondition(condition: Json | undefined, { plan, conditions }: Setting): void {
  if (plan.hasUnconditional) return;
  if (condition === undefined) {
    plan.hasUnconditional = true;
    delete conditions?.[CONDITION];
    return;
  }
  const name = String(condition);
  if (plan.conditions.has(name)) return;
  if (conditions === undefined)
    throw templateFault("Can't have condition without having 'Conditions' section in the template");
  plan.conditions.add(name);
  const all = [...plan.conditions];
  conditions[CONDITION] = all.length === 1 ? name : { 'Fn::Or': all.map((Condition) => ({ Condition })) };
}
