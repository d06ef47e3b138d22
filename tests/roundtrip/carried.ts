/** What a protocol can't say: an empty list, map or structure for which nothing is written is, on the other side, absent. */
import type { MemberModel, ProtocolName, ServiceModel, ShapeModel } from '#kernel/wire';

type Rule = (member: MemberModel, shape: ShapeModel) => boolean;

const isFlat: Rule = (member, shape) => member.flattened === true || shape.flattened === true;
const isBound: Rule = (member) =>
  member.location === 'querystring' || member.location === 'header' || member.location === 'headers';

/** Whether an empty value of the member leaves no trace. */
function ruleOf(protocol: ProtocolName, side: 'request' | 'reply'): Rule {
  if (side === 'request' && protocol === 'query') return (_, shape) => shape.type !== 'list';
  if (side === 'request' && protocol === 'ec2') return () => true;
  if (protocol === 'json' || protocol === 'cbor') return () => false;
  if (protocol === 'rest-json') return isBound;
  return (member, shape) => isBound(member, shape) || (shape.type !== 'structure' && isFlat(member, shape));
}

/** The part of a value that arrives. */
export function carried(
  model: ServiceModel,
  name: string,
  value: unknown,
  protocol: ProtocolName,
  side: 'request' | 'reply',
): unknown {
  const isLost = ruleOf(protocol, side);
  const isForm = side === 'request' && (protocol === 'query' || protocol === 'ec2');
  const empty = (one: unknown) =>
    typeof one === 'object' && one !== null && !(one instanceof Uint8Array) && Object.keys(one).length === 0;

  function strip(member: MemberModel, given: unknown): unknown {
    const shape = model.shapes[member.shape] as ShapeModel;
    const inside = (inner: MemberModel, one: unknown) => {
      const left = strip(inner, one);
      // In a form a member without any parameter is not there; a list of such is no list.
      if (isForm && empty(left) && (!empty(one) || isLost(inner, model.shapes[inner.shape] as ShapeModel)))
        return undefined;
      return empty(left) && isLost(inner, model.shapes[inner.shape] as ShapeModel) ? undefined : left;
    };
    if (shape.document === true || given === null || given === undefined) return given;
    if (shape.type === 'list')
      return (given as unknown[])
        .map((one) => inside(shape.member as MemberModel, one))
        .filter((one) => one !== undefined);
    if (shape.type !== 'structure' && shape.type !== 'map') return given;
    const of = (key: string) => (shape.type === 'map' ? shape.value : shape.members?.[key]) as MemberModel;
    if (shape.eventstream === true) return given;
    const left = Object.entries(given as object).map(([key, one]) => [key, inside(of(key), one)]);
    return Object.fromEntries(left.filter(([, one]) => one !== undefined));
  }

  return strip({ shape: name }, value);
}

/**
 * A body of nothing may be an absent payload or an empty one: neither side can tell, so that both leave it out.
 */
export function withoutEmptyPayload(
  model: ServiceModel,
  name: string,
  value: Record<string, unknown>,
): Record<string, unknown> {
  const payload = model.shapes[name]?.payload;
  if (payload === undefined) return value;
  const { [payload]: body, ...rest } = value;
  const isEmpty =
    body === undefined ||
    body === null ||
    body === '' ||
    (typeof body === 'object' && Object.values(body).every((one) => one === ''));
  return isEmpty && !Array.isArray(body) ? rest : value;
}
