/** What the policy of an access point has to be about. */

/** Whether every resource of the policy is the access point or an object behind it. */
export function namesPoint(policy: string, arn: string): boolean {
  const { Statement } = JSON.parse(policy) as { Statement: { Resource?: string | string[] }[] };
  return [Statement]
    .flat()
    .every((one) =>
      [one.Resource ?? []].flat().every((resource) => resource === arn || resource.startsWith(`${arn}/object/`)),
    );
}
