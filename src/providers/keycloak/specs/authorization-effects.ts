import type { Effect, Spec, SpecValue } from '../../../core/resource.ts';
import { isSpec } from '../../../core/spec.ts';
import type { FieldChange } from '../../../core/spec.ts';

/** From the one that grants least to the one that grants most. */
const MODES = ['ENFORCING', 'PERMISSIVE', 'DISABLED'];
const STRATEGIES = ['UNANIMOUS', 'CONSENSUS', 'AFFIRMATIVE'];

const byRank = (ranks: readonly string[], live: unknown, stated: unknown, fallback: string): Effect => {
  const [now, wanted] = [live, stated].map((value) => ranks.indexOf(typeof value === 'string' ? value : fallback));
  return (now ?? 0) < (wanted ?? 0) ? 'breaks' : 'opens';
};
export const modeChanged = ({ live, stated }: FieldChange): Effect => byRank(MODES, live, stated, 'ENFORCING');
export const strategyChanged = ({ live, stated }: FieldChange): Effect => byRank(STRATEGIES, live, stated, 'UNANIMOUS');

/** The entry of a map that a path inside it is about, and the rest of the path: names may have dots. */
const entryOf = (inside: string, ...maps: readonly (Spec[string] | undefined)[]): { readonly name: string; readonly rest: string } => {
  const names = maps.flatMap((one) => (isSpec(one) ? Object.keys(one) : [])).filter((name) => inside === name || inside.startsWith(`${name}.`));
  const name = names.toSorted((a, b) => b.length - a.length)[0] ?? inside;
  return { name, rest: inside.slice(name.length + 1) };
};
const entryIn = (maps: Spec[string] | undefined, name: string): Spec | undefined => {
  const entry = isSpec(maps) && Object.hasOwn(maps, name) ? maps[name] : undefined;
  return isSpec(entry) ? entry : undefined;
};

/** Of what is not there nobody is granted anything; unless all is granted that no permission is about. */
export const resourcesChanged = ({ inside, of, held }: FieldChange): Effect | undefined => {
  const { name, rest } = entryOf(inside, of.resources, held.resources);
  if (entryIn(held.resources, name) === undefined) return isEnforcing(held) ? 'breaks' : 'opens';
  if (entryIn(of.resources, name) === undefined || /^(?:displayName|icon_uri)$/.test(rest)) return 'differs';
  return rest === 'ownerManagedAccess' && entryIn(held.resources, name)?.ownerManagedAccess === true ? 'opens' : undefined;
};

const isEnforcing = ({ policyEnforcementMode: mode }: Spec): boolean => mode === undefined || mode === null || mode === 'ENFORCING';
const oneIsEnough = ({ decisionStrategy }: Spec): boolean => decisionStrategy === 'AFFIRMATIVE';

export const policiesChanged = ({ inside, of, held }: FieldChange): Effect => {
  const { name, rest } = entryOf(inside, of.policies, held.policies);
  const [now, wanted] = [entryIn(held.policies, name), entryIn(of.policies, name)];
  if (now === undefined) return wanted !== undefined && isPermission(wanted) && mayHoldBack(held, name, wanted) ? 'opens' : 'breaks';
  // One that nobody states any more.
  if (wanted === undefined) return isPermission(now) ? 'opens' : 'differs';
  if (rest === 'description') return 'differs';
  const inverted = now.logic === 'NEGATIVE';
  // Who was turned away is let in, and the other way round.
  if (rest === 'logic' || rest === 'type' || now.logic !== wanted.logic) return 'opens';
  if (rest === 'decisionStrategy') return turned(byRank(STRATEGIES, now.decisionStrategy, wanted.decisionStrategy, 'UNANIMOUS'), inverted);
  const list = rest.startsWith('config.') ? rest.slice('config.'.length) : '';
  const [live, stated] = [now, wanted].map((one) => itemsIn(isSpec(one.config) ? one.config[list] : undefined));
  if (live === undefined || stated === undefined) return 'opens';
  const [more, fewer] = [live.some(({ key }) => !stated.some((one) => one.key === key)), stated.some(({ key }) => !live.some((one) => one.key === key))];
  switch (list) {
    case 'applyPolicies':
      if (now.decisionStrategy === 'AFFIRMATIVE') return turned(more ? 'opens' : 'breaks', inverted);
      return now.decisionStrategy === 'CONSENSUS' ? 'opens' : turned(fewer ? 'opens' : 'breaks', inverted);
    case 'resources':
    case 'scopes':
      // What a permission is not about it does not grant, and does not hold back either.
      return more || mayHoldBack(held, name, wanted) ? 'opens' : 'breaks';
    case 'roles':
    case 'users':
    case 'groups':
    case 'clients':
    case 'clientScopes':
      return turned(letsMoreIn(live, stated) ? 'opens' : 'breaks', inverted);
    default:
      return 'opens';
  }
};

/** Of what a permission is about no more, it can have held somebody back: where another one is about it, too, and both must grant; or where nothing else refuses. */
const mayHoldBack = (held: Spec, name: string, permission: Spec): boolean =>
  !isEnforcing(held) || (!oneIsEnough(held) && Object.entries(isSpec(held.policies) ? held.policies : {}).some(([other, one]) => other !== name && isSpec(one) && isPermission(one) && meet(one, permission)));

/** Two that are about the same; where one goes by names of resources and the other by types or scopes, that is not known, and they may be. */
const meet = (one: Spec, other: Spec): boolean => {
  const [a, b] = [one, other].map(({ config }) => (isSpec(config) ? itemsIn(config.resources) : undefined)?.map(({ key }) => key) ?? []);
  return !a?.length || !b?.length || a.some((name) => b.includes(name));
};
/** Permissions stand on policies; whatever applies others does. */
export const isPermission = ({ type }: Spec): boolean => type === 'resource' || type === 'scope' || type === 'uma';

const turned = (effect: Effect, inverted: boolean): Effect => (!inverted ? effect : effect === 'opens' ? 'breaks' : 'opens');

/** By what names an entry of a list. */
export const keyOf = (item: SpecValue): string => (isSpec(item) ? String(item.id ?? item.path ?? '') : String(item));

interface Item {
  readonly key: string;
  readonly required: boolean;
  readonly below: boolean;
}
/** None is an empty list; `undefined` for what is no list. */
const itemsIn = (value: SpecValue | undefined): readonly Item[] | undefined => {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return undefined;
  return value.map((item: SpecValue) => (isSpec(item) ? { key: keyOf(item), required: item.required === true, below: item.extendChildren === true } : { key: keyOf(item), required: false, below: false }));
};

/** One of them is enough, and all that are required: more lets in somebody else, as does one that is required no more, or that counts with all groups below it. */
const letsMoreIn = (live: readonly Item[], stated: readonly Item[]): boolean =>
  live.some(({ key, required, below }) => {
    const wanted = stated.find((one) => one.key === key);
    return wanted === undefined ? !required : (wanted.required && !required) || (below && !wanted.below);
  }) || stated.some(({ key, required }) => required && !live.some((one) => one.key === key));
