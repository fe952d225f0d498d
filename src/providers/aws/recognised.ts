import { diffSpec } from '../../core/diff.ts';
import { isObject } from '../../core/json.ts';
import { addressOf } from '../../core/resource.ts';
import type { Desired, Live } from '../../core/resource.ts';
import { apiOf } from './kinds/fields.ts';
import { aws } from './specs/index.ts';
import type { AwsClient } from './view.ts';

interface Recognising extends Pick<AwsClient, 'name' | 'ids'> {
  /** Nothing is written: one object of theirs may stand for several of the blueprint's. */
  readonly looking?: boolean;
}

/**
 * What somebody has called otherwise: AWS knows an integration by nothing but its description, and an authorizer by its name. An integration is the one behind
 * the route that the blueprint puts before it; an authorizer of ours the one that asks for the same, and one that nobody has marked the one before its routes.
 * What it is called is put right, and it is not made a second time.
 */
export const recognised = ({ name, ids, looking = false }: Recognising, desired: readonly Desired[], live: readonly Live[]): readonly Live[] => {
  const there = new Set(live.map(addressOf));
  const wanted = new Set(desired.map(addressOf));
  const missing = desired.filter((object) => !there.has(addressOf(object)) && (aws.integration.is(object) || aws.authorizer.is(object)));
  if (missing.length === 0) return live;
  const inApi = live.filter((object) => !aws.api.is(object) && apiOf(object) === name && !wanted.has(addressOf(object)));
  if (looking) return asStated(missing, { desired, live, theirs: inApi });
  const ours = inApi.filter((object) => object.owner === name);
  const nobodys = inApi.filter((object) => object.owner === undefined);
  const found = new Map<string, Desired>();
  for (const object of missing) {
    const around = { desired, live, theirs: ours };
    const own = aws.integration.is(object) ? behindRoutes(object, around) : alike(object, ours);
    const candidates = [...own, ...behindRoutes(object, { desired, live, theirs: nobodys }).filter((held) => isAlone(held, object, { desired, live }))];
    const [one, ...others] = candidates.filter((held) => !found.has(addressOf(held)));
    if (one !== undefined && others.length === 0) found.set(addressOf(one), object);
  }
  for (const held of inApi) {
    const object = found.get(addressOf(held));
    if (object && isObject(held.ref)) ids.set(addressOf(object), String(held.ref.id));
  }
  const called = new Map([...found].map(([held, object]) => [held, nameOf(object)]));
  const calledNow = (address: string, otherwise: string): string => called.get(address) ?? otherwise;
  return live.map((object): Live => {
    const is = found.get(addressOf(object));
    if (is) return { ...object, id: is.id };
    if (!aws.route.is(object)) return object;
    const { Integration: integration, Authorizer: authorizer } = object.spec;
    const spec = {
      ...object.spec,
      ...(integration != null && { Integration: calledNow(aws.integration.address(apiOf(object), integration), integration) }),
      ...(authorizer != null && { Authorizer: calledNow(aws.authorizer.address(apiOf(object), authorizer), authorizer) }),
    };
    return { ...object, spec };
  });
};

const nameOf = ({ id }: { readonly id: string }): string => id.slice(id.indexOf('/') + 1);

interface Around {
  readonly desired: readonly Desired[];
  readonly live: readonly Live[];
  /** Those that it may be. */
  readonly theirs: readonly Live[];
}

/** Where a route says what it leads to, or who is asked before it. */
const hangsOn = (kind: string): 'Authorizer' | 'Integration' => (kind === aws.integration.kind ? 'Integration' : 'Authorizer');

/** Addresses of the blueprint's routes that lead to this integration, or stand behind this authorizer. */
const routesOf = (object: Desired, desired: readonly Desired[]): ReadonlySet<string> =>
  new Set(desired.filter(aws.route.is).filter((one) => apiOf(one) === apiOf(object) && one.spec[hangsOn(object.kind)] === nameOf(object)).map(addressOf));

/** What the live routes hang on that the blueprint has before this integration, or behind this authorizer. */
const behindRoutes = (object: Desired, { desired, live, theirs }: Around): readonly Live[] => {
  const routes = routesOf(object, desired);
  const held = new Set(live.filter(aws.route.is).flatMap((one) => (routes.has(addressOf(one)) ? [`${apiOf(one)}/${String(one.spec[hangsOn(object.kind)])}`] : [])));
  return theirs.filter((one) => one.kind === object.kind && held.has(one.id));
};

/** No route but this object's own hangs on what is there: nobody else's requests go another way when it is changed. */
const isAlone = (held: Live, object: Desired, { desired, live }: Omit<Around, 'theirs'>): boolean => {
  const routes = routesOf(object, desired);
  return live.filter(aws.route.is).every((one) => apiOf(one) !== apiOf(held) || String(one.spec[hangsOn(held.kind)]) !== nameOf(held) || routes.has(addressOf(one)));
};

/** Authorizers of our API that ask for the very same, whatever they are called. */
const alike = (authorizer: Desired, ours: readonly Live[]): readonly Live[] =>
  ours.filter((held) => aws.authorizer.is(held) && apiOf(held) === apiOf(authorizer) && diffSpec(authorizer.spec, held.spec).every(({ path }) => path === 'Name'));

/**
 * An API that is only looked at, in the blueprint's names: what each route of it hangs on stands there once for every object of the blueprint that it is.
 * A blueprint has an integration for each route, and an authorizer for each service; somebody else may have one for all.
 */
const asStated = (missing: readonly Desired[], around: Around): readonly Live[] => {
  const is = new Map<string, Live>();
  for (const object of missing) {
    const [one, ...others] = behindRoutes(object, around);
    if (one !== undefined && others.length === 0) is.set(addressOf(object), one);
  }
  const { desired, live } = around;
  const stated = new Map(desired.filter(aws.route.is).map((route) => [addressOf(route), route.spec]));
  const copies = missing.flatMap((object) => {
    const held = is.get(addressOf(object));
    return held ? [{ ...held, id: object.id }] : [];
  });
  return [
    ...live.map((object): Live => {
      const wanted = aws.route.is(object) ? stated.get(addressOf(object)) : undefined;
      if (!aws.route.is(object) || wanted === undefined) return object;
      const named = (kind: string, held: string | null | undefined, name: string | null | undefined) =>
        name != null && held != null && is.get(`${kind}/${apiOf(object)}/${name}`)?.id === `${apiOf(object)}/${held}` ? name : held;
      const { Integration, Authorizer } = object.spec;
      return {
        ...object,
        spec: { ...object.spec, Integration: named(aws.integration.kind, Integration, wanted.Integration) ?? null, Authorizer: named(aws.authorizer.kind, Authorizer, wanted.Authorizer) ?? null },
      };
    }),
    ...copies,
  ];
};
