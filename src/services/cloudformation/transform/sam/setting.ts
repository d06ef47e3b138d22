/** What the translation of one template shares among its resources. */
import type { Json, JsonObject } from '../../domain/parse.ts';
import type { Made, Resources } from './made.ts';
import type { Parameters } from './resolve.ts';
import { resolved } from './resolve.ts';
import type { PolicyArn } from './role.ts';
import type { Maybe } from './values.ts';

/** The usage plan that APIs share. */
export type SharedPlan = {
  dependsOn: Json[];
  stages: Json[];
  keys: Json[];
  conditions: Set<string>;
  hasUnconditional: boolean;
  deletion?: Json;
  replacement?: Json;
};

export type Setting = {
  partition: string;
  region: string;
  parameters: Parameters;
  mappings: JsonObject;
  policyArn: PolicyArn;
  /** The template's resources as they are declared, with what events add to them. */
  declared: Resources;
  /** The template as it becomes: `declared` with what has been translated in place of what was. */
  resources: Resources;
  /** Conditions of the template; undefined where it has none. */
  conditions: JsonObject | undefined;
  recordSets: Map<string, Made>;
  plan: SharedPlan;
  /** Names of functions by the API that their events name: another name is another deployment. */
  functionNames: Map<string, string>;
  /** Seconds of 1970; AlwaysDeploy makes another deployment each time. */
  seconds: number;
};

/** A resource of SAM, as it is declared. */
export type Declared = {
  id: string;
  /** Checked, without what is null. */
  given: JsonObject;
  attributes: JsonObject;
  passed: JsonObject;
  dependsOn: Maybe;
};

/** Puts the values of parameters in the place of references to them, within the value. */
export function resolve(value: Maybe, { parameters }: Setting): Maybe {
  return resolved(value, parameters);
}

/** Adds a condition to the template. */
export function addCondition(setting: Setting, name: string, condition: Json): void {
  if (setting.conditions !== undefined) setting.conditions[name] = condition;
}
