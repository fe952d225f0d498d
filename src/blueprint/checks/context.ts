import type { ProblemCode } from '../../problems/index.ts';
import type { Findings } from '../findings.ts';
import { suggestion } from '../nearest.ts';
import type { MapNode, Path } from '../tree.ts';
import type { Authentication, Blueprint } from '../types.ts';

/** What every cross-check looks at. `root` is the resolved tree, for what the file states and the typed blueprint no longer shows. */
export interface Context {
  readonly blueprint: Blueprint;
  readonly root: MapNode;
  readonly findings: Findings;
}

interface Names {
  readonly code: ProblemCode;
  /** `role`, as the message calls it. */
  readonly what: string;
  readonly known: Readonly<Record<string, unknown>>;
  /** Where such names are declared. */
  readonly declared: Path;
}

/** Reports the names in a list that nothing declares. Says nothing when the declarations themselves are faulty. */
export const mustExist = ({ findings }: Context, list: Path, names: readonly string[], { code, what, known, declared }: Names): void => {
  if (!findings.sound(declared)) return;
  names.forEach((name, index) => {
    if (!Object.hasOwn(known, name))
      findings.add(code, [...list, String(index)], `there is no ${what} "${name}"`, {
        expected: `a ${what} of ${declared.join('.')}`,
        hint: suggestion(name, Object.keys(known)),
      });
  });
};

export const rolesOf = ({ blueprint }: Context): Names => ({
  code: 'BLUEPRINT_UNKNOWN_ROLE',
  what: 'role',
  known: blueprint.realm.roles,
  declared: ['realm', 'roles'],
});
export const scopesOf = ({ blueprint }: Context): Names => ({
  code: 'BLUEPRINT_UNKNOWN_SCOPE',
  what: 'scope',
  known: blueprint.realm.scopes,
  declared: ['realm', 'scopes'],
});

/** Every authentication that services use and the blueprint's own, each with the path that states it. */
export const authenticationsOf = ({ blueprint }: Context): readonly { readonly authentication: Authentication; readonly path: Path }[] =>
  [...new Set([blueprint.authentication, ...Object.values(blueprint.services).map((service) => service.authentication)])].map(
    (authentication) => ({ authentication, path: authentication.path.split('.') }),
  );
