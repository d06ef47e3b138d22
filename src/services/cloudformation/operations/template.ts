/** Templates: shown, and told what is in them. */
import type { Ctx, Handler } from '#kernel/contract';
import type { ResourceIdentifierSummary } from '#models/cloudformation';
import { findStack } from '../domain/find.ts';
import { capabilitiesOf, type GivenTemplate, templateText } from '../domain/source.ts';
import type { Template } from '../domain/template.ts';
import { textOf } from '../domain/texts.ts';
import { typeNamed } from '../domain/type.ts';
import { findSet } from '../sets/find.ts';
import { readUntransformed } from '../transform/transform.ts';
import { findChangeSet } from './change-set.ts';

export const getTemplate: Handler<'cloudformation', 'GetTemplate'> = async (input, ctx) => {
  const { ChangeSetName, StackName } = input;
  const { source } =
    ChangeSetName === undefined
      ? findStack(StackName ?? '', ctx)
      : findChangeSet({ ChangeSetName, ...(StackName !== undefined && { StackName }) }, ctx);
  const ref = input.TemplateStage === 'Processed' ? (source.processed ?? source.template) : source.template;
  return { TemplateBody: await textOf(ref, ctx), StagesAvailable: ['Original', 'Processed'] };
};

export const validateTemplate: Handler<'cloudformation', 'ValidateTemplate'> = async (input, ctx) => {
  const template = await read(input, ctx);
  const capabilities = capabilitiesOf(template);
  return {
    Parameters: [...template.parameters].map(([ParameterKey, { fallback, noEcho, declared }]) => ({
      ParameterKey,
      ...(fallback !== undefined && { DefaultValue: fallback }),
      NoEcho: noEcho,
      ...(typeof declared.Description === 'string' && { Description: declared.Description }),
    })),
    ...(template.description !== undefined && { Description: template.description }),
    ...reasoned(capabilities, template),
    ...transformsOf(template),
  };
};

function transformsOf({ transforms }: Template): { DeclaredTransforms?: string[] } {
  const declared = transforms.filter((one) => typeof one === 'string');
  return declared.length === 0 ? {} : { DeclaredTransforms: declared };
}

export const getTemplateSummary: Handler<'cloudformation', 'GetTemplateSummary'> = async (input, ctx) => {
  const { StackName: stack, StackSetName, CallAs } = input;
  const kept =
    stack !== undefined
      ? findStack(stack, ctx)
      : StackSetName !== undefined
        ? findSet({ StackSetName, CallAs }, ctx)
        : undefined;
  const template =
    kept === undefined ? await read(input, ctx) : readUntransformed(await textOf(kept.source.template, ctx));
  const version = template.raw.AWSTemplateFormatVersion;
  return {
    Parameters: [...template.parameters].map(([ParameterKey, { fallback, noEcho, declared, type }]) => ({
      ParameterKey,
      ParameterType: type,
      ...(fallback !== undefined && { DefaultValue: fallback }),
      NoEcho: noEcho,
      ...(typeof declared.Description === 'string' && { Description: declared.Description }),
      ParameterConstraints: Array.isArray(declared.AllowedValues)
        ? { AllowedValues: declared.AllowedValues.map(String) }
        : {},
    })),
    ...(template.description !== undefined && { Description: template.description }),
    ...reasoned(capabilitiesOf(template), template),
    // A type is told for each resource. Source: AWS CLI, example of get-template-summary.
    ResourceTypes: [...template.resources.values()].map(({ type }) => type),
    ...(await typesOf(template, input.TemplateSummaryConfig?.TreatUnrecognizedResourceTypesAsWarnings === true, ctx)),
    ...(version !== undefined && { Version: String(version) }),
    ...(template.raw.Metadata !== undefined && { Metadata: JSON.stringify(template.raw.Metadata) }),
    ...transformsOf(template),
  };
};

/** How resources that are there already are named when a stack takes them in, by their types; and, if asked, types that do not exist here. */
async function typesOf({ resources }: Template, warns: boolean, ctx: Ctx) {
  const byType = Map.groupBy(resources.keys(), (logicalId) => resources.get(logicalId)?.type ?? '');
  const summaries: ResourceIdentifierSummary[] = [];
  const unknown: string[] = [];
  for (const [ResourceType, LogicalResourceIds] of byType) {
    const found = await typeNamed(ResourceType, ctx.findResource);
    if (found === undefined) unknown.push(ResourceType);
    const identifier = found?.schema?.identifier ?? [];
    if (found?.type.read !== undefined && identifier.length > 0)
      summaries.push({ ResourceType, LogicalResourceIds, ResourceIdentifiers: [...identifier] });
  }
  return {
    ...(summaries.length > 0 && { ResourceIdentifierSummaries: summaries }),
    ...(warns && unknown.length > 0 && { Warnings: { UnrecognizedResourceTypes: unknown } }),
  };
}

async function read(input: GivenTemplate, ctx: Ctx): Promise<Template> {
  return readUntransformed(await templateText(input, undefined, ctx));
}

function reasoned(capabilities: string[], { resources }: Template) {
  if (capabilities.length === 0) return {};
  const types = [...new Set([...resources.values()].map(({ type }) => type))].filter((type) =>
    type.startsWith('AWS::IAM::'),
  );
  return {
    Capabilities: capabilities as ('CAPABILITY_IAM' | 'CAPABILITY_NAMED_IAM')[],
    CapabilitiesReason: `The following resource(s) require capabilities: [${types.join(', ')}]`,
  };
}
