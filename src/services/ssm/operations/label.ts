/** Labels of versions. */
import type { Handler } from '#kernel/contract';
import { rowOf } from '../domain/find.ts';
import { arnOf, checkForm } from '../domain/names.ts';
import { parameterNotFound, tooManyLabels, versionNotFound } from '../errors.ts';
import { LABELS_MAX } from '../limits.ts';
import { versions } from '../state.ts';

export const labelParameterVersion: Handler<'ssm', 'LabelParameterVersion'> = (input, ctx) => {
  checkForm(input.Name);
  const row = rowOf(input.Name, ctx.store);
  if (row === undefined) throw parameterNotFound();
  const { name } = row;
  const number = input.ParameterVersion ?? row.latest;
  const version = ctx.store.get(versions, { name, version: number });
  if (version === undefined) throw versionNotFound(name, String(number));
  const valid = input.Labels.filter((label) => /^(?!aws|ssm|\d)[\w.-]{1,100}$/i.test(label));
  const labels = [...new Set([...version.labels, ...valid])];
  if (labels.length > LABELS_MAX) throw tooManyLabels();
  // A label is on one version only.
  for (const other of ctx.store.list(versions, { where: { name } }))
    if (other.version !== number && other.labels.some((label) => valid.includes(label)))
      ctx.store.put(versions, { ...other, labels: other.labels.filter((label) => !valid.includes(label)) });
  ctx.store.put(versions, { ...version, labels });
  if (valid.length > 0)
    ctx.announce('Parameter Store Change', { operation: 'LabelParameterVersion', name, type: version.type }, [
      arnOf(name, ctx),
    ]);
  return { InvalidLabels: input.Labels.filter((label) => !valid.includes(label)), ParameterVersion: number };
};

export const unlabelParameterVersion: Handler<'ssm', 'UnlabelParameterVersion'> = (input, ctx) => {
  checkForm(input.Name);
  const row = rowOf(input.Name, ctx.store);
  if (row === undefined) throw parameterNotFound();
  const { name } = row;
  const version = ctx.store.get(versions, { name, version: input.ParameterVersion });
  if (version === undefined) throw versionNotFound(name, String(input.ParameterVersion));
  const removed = input.Labels.filter((label) => version.labels.includes(label));
  ctx.store.put(versions, { ...version, labels: version.labels.filter((label) => !removed.includes(label)) });
  return { RemovedLabels: removed, InvalidLabels: input.Labels.filter((label) => !removed.includes(label)) };
};
