import { createHash } from 'node:crypto';
import { groupBy } from '../core/collections.ts';
import type { Desired, Spec, SpecValue } from '../core/resource.ts';
import { Secret } from '../core/secret.ts';

/** A variable as decK takes it from its environment: it reads those whose names begin with DECK_ only. https://developer.konghq.com/deck/reference/environment-variables/ */
export const deckVariable = (path: readonly string[]): string => `\${{ env "${nameOf(path)}" }}`;

/** The same objects with a variable in the place of each secret: one for each, however alike they are called (`team-a` and `team_a`). */
export const withVariables = (objects: readonly Desired[]): readonly Desired[] => {
  const alike = groupBy(new Set(objects.flatMap((object) => secretsIn(object.spec, placeOf(object)).map((place) => JSON.stringify(place)))), (place) => nameOf(pathOf(JSON.parse(place) as Place)));
  const variable = (place: Place): string => {
    const path = pathOf(place);
    return deckVariable((alike.get(nameOf(path))?.length ?? 0) > 1 ? [...path, fingerprintOf(place)] : path);
  };
  return objects.map((object) => ({ ...object, spec: replaced(object.spec, placeOf(object), variable) }));
};

/** Where a secret stands: its object's kind, and the names that lead to it. */
type Place = readonly [kind: string, ...path: readonly string[]];

const placeOf = ({ kind, id }: Desired): Place => [kind, id];
const pathOf = ([, ...path]: Place): readonly string[] => path;

const nameOf = (path: readonly string[]): string => `DECK_${path.join('_').toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_')}`;
/** Of where it stands, not of the secret: the name stays, whatever comes beside it. */
const fingerprintOf = (place: Place): string => createHash('sha256').update(JSON.stringify(place)).digest('hex').slice(0, 8);

const secretsIn = (value: SpecValue, place: Place): readonly Place[] => {
  if (value instanceof Secret) return [place];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, item]: readonly [string, SpecValue]) => secretsIn(item, [...place, name]));
};

const replaced = (spec: Spec, place: Place, variable: (place: Place) => string): Spec => {
  const plain = (value: SpecValue, at: Place): SpecValue => {
    if (value instanceof Secret) return variable(at);
    if (Array.isArray(value)) return value.map((item: SpecValue, index) => plain(item, [...at, String(index)]));
    return typeof value === 'object' && value !== null ? replaced(value as Spec, at, variable) : value;
  };
  return Object.fromEntries(Object.entries(spec).map(([field, value]) => [field, plain(value, [...place, field])]));
};
