import type { Reference } from '../declaration/field.ts';
import type { Findings } from '../findings.ts';
import { suggestion } from '../nearest.ts';
import { nodeAt } from '../tree.ts';
import type { MapNode, Path } from '../tree.ts';
import { asStated } from '../whose-realm.ts';
import type { Authentication, Blueprint } from '../types.ts';

/** What every cross-check looks at. `root` is the resolved tree, for what the file states and the typed blueprint no longer shows. */
export interface Context {
  readonly blueprint: Blueprint;
  readonly root: MapNode;
  readonly findings: Findings;
}

interface Names extends Reference {
  readonly known: ReadonlyMap<string, unknown>;
}

/** So many names that nothing declares are looked for among the others: whoever has more has not mistyped them, and each costs a look at all that there are. */
const LOOKED_FOR = 100;

/** Reports a name that nothing declares. Says nothing when the declarations themselves are faulty. */
export const mustExist = ({ findings }: Context, at: Path, name: string, { code, what, known, declared }: Names): void => {
  if (known.has(name) || !findings.sound(declared.split('.'))) return;
  findings.add(code, at, `there is no ${what} "${name}"`, { expected: `a ${what} of ${declared}`, hint: findings.problems.length < LOOKED_FOR ? suggestion(name, known.keys()) : undefined });
};

export const namesAt = ({ root }: Context, to: Reference): Names => {
  const declared = asStated(root, to.declared.split('.'));
  const place = nodeAt(root, declared);
  return { ...to, declared: declared.join('.'), known: place?.kind === 'map' ? place.entries : new Map() };
};

/** Every authentication that services use and the blueprint's own, each with the path that states it. */
export const authenticationsOf = ({ blueprint, root }: Context): readonly { readonly authentication: Authentication; readonly path: Path }[] =>
  [...new Set([...(nodeAt(root, ['authentication']) ? [blueprint.authentication] : []), ...Object.values(blueprint.services).map((service) => service.authentication)])]
    .map((authentication) => ({ authentication, path: authentication.path.split('.') }))
    // What nobody stated is told of once, as missing.
    .filter(({ path }) => nodeAt(root, path) !== undefined);
