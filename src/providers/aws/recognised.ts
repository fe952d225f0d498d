import { diffSpec } from '../../core/diff.ts';
import { isObject } from '../../core/json.ts';
import { addressOf } from '../../core/resource.ts';
import type { Desired, Live } from '../../core/resource.ts';
import { apiOf } from './kinds/fields.ts';
import { aws } from './specs/index.ts';
import type { AwsClient } from './view.ts';

/**
 * What of ours somebody has called otherwise: AWS knows an integration by nothing but its description, and an authorizer by its name. An integration is the
 * one behind the route that the blueprint puts before it; an authorizer the one that asks for the same. What it is called is put right, and it is not made a
 * second time.
 */
export const recognised = ({ name, ids }: Pick<AwsClient, 'name' | 'ids'>, desired: readonly Desired[], live: readonly Live[]): readonly Live[] => {
  const there = new Set(live.map(addressOf));
  const wanted = new Set(desired.map(addressOf));
  const missing = desired.filter((object) => !there.has(addressOf(object)));
  if (!missing.some((object) => aws.integration.is(object) || aws.authorizer.is(object))) return live;
  const ours = live.filter((object) => object.owner === name && !wanted.has(addressOf(object)));
  const found = new Map<string, Desired>();
  for (const object of missing) {
    const candidates = aws.integration.is(object) ? behindRoutes(object, { desired, live, ours }) : aws.authorizer.is(object) ? alike(object, ours) : [];
    const [one, ...others] = candidates.filter((held) => !found.has(addressOf(held)));
    if (one !== undefined && others.length === 0) found.set(addressOf(one), object);
  }
  for (const held of ours) {
    const object = found.get(addressOf(held));
    if (object && isObject(held.ref)) ids.set(addressOf(object), String(held.ref.id));
  }
  const called = new Map(ours.flatMap((held) => (found.has(addressOf(held)) ? [[`${apiOf(held)} ${nameOf(held)}`, nameOf(found.get(addressOf(held)) ?? held)] as const] : [])));
  return live.map((object): Live => {
    const is = found.get(addressOf(object));
    if (is) return { ...object, id: is.id };
    if (!aws.route.is(object)) return object;
    const [integration, authorizer] = [object.spec.Integration, object.spec.Authorizer].map((one) => (one == null ? undefined : called.get(`${apiOf(object)} ${one}`)));
    return integration === undefined && authorizer === undefined ? object : { ...object, spec: { ...object.spec, ...(integration !== undefined && { Integration: integration }), ...(authorizer !== undefined && { Authorizer: authorizer }) } };
  });
};

const nameOf = ({ id }: { readonly id: string }): string => id.slice(id.indexOf('/') + 1);

interface Around {
  readonly desired: readonly Desired[];
  readonly live: readonly Live[];
  readonly ours: readonly Live[];
}

/** What every route of the blueprint that is to lead to this integration leads to. */
const behindRoutes = (integration: Desired, { desired, live, ours }: Around): readonly Live[] => {
  const routes = new Set(desired.filter(aws.route.is).filter((one) => apiOf(one) === apiOf(integration) && one.spec.Integration === nameOf(integration)).map(addressOf));
  const leading = new Set(live.filter(aws.route.is).flatMap((one) => (routes.has(addressOf(one)) && one.spec.Integration != null ? [aws.integration.id(apiOf(one), one.spec.Integration)] : [])));
  return ours.filter((held) => aws.integration.is(held) && leading.has(held.id));
};

/** Authorizers of our API that ask for the very same, whatever they are called. */
const alike = (authorizer: Desired, ours: readonly Live[]): readonly Live[] =>
  ours.filter((held) => aws.authorizer.is(held) && apiOf(held) === apiOf(authorizer) && diffSpec(authorizer.spec, held.spec).every(({ path }) => path === 'Name'));
