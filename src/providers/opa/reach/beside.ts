import { isUnder, rootOf } from '../../../blueprint/rego.ts';
import { literally } from '../../../core/literally.ts';
import { seenOf } from '../../../core/seen.ts';
import type { Finding } from './config.ts';
import type { Holdings } from './read.ts';

interface Ours {
  /** What OPA calls our bundle; unless it is stated, one whose name makes the first of the roots. */
  readonly bundle?: string;
  /** The roots of our bundle. */
  readonly roots: readonly string[];
  /** The Rego that is published for us. */
  readonly rego: readonly string[];
  /** Fingerprints of data that it asks, by name: whether it is still what somebody looked at, and not what is in it. */
  readonly digests?: ReadonlyMap<string, string>;
}

/**
 * Policies and data that stand beside our bundle. What belongs to the roots of another bundle is that bundle's: OPA lets it have no part of
 * ours. Anything else was put there by hand, and where our policy asks it, it decides with us.
 */
export function* besideFindings({ bundles, modules, data, config }: Holdings, { bundle, roots, rego, digests }: Ours): Generator<Finding> {
  const asked = (name: string): boolean => rego.some((text) => asks(text, name));
  const ownsOf = (owned: string, root: string): boolean => owned === '' || isUnder([root], owned) || isUnder([owned], root);
  // While our bundle is not active nothing keeps others from its roots.
  const guarded = bundles === undefined || roots.every((root) => [...bundles.values()].flat().some((owned) => ownsOf(owned, root)));
  const bundled = (path: readonly string[]): boolean =>
    [...(bundles?.values() ?? [])].flat().some((owned) => owned === '' || owned.split('/').every((part, at) => path[at] === part));
  for (const module of modules ?? []) {
    const [first = '', second] = module.package;
    const mine = isUnder(roots, module.package.join('/'));
    if ((mine && guarded) || (first !== 'system' && !asked(first) && bundled(module.package))) continue;
    const seen = seenOf(module.raw);
    const name = module.id;
    const called = `the policy ${module.package.join('.')}`;
    if (first === 'system' && second === 'authz') yield { kind: 'opa.policy', name, effect: 'opens', what: `${called} says who may ask it and who may put policies there`, seen };
    else if (first === 'system' && second === 'log') yield { kind: 'opa.policy', name, effect: config?.['decision_logs'] === undefined ? 'differs' : 'exposes', what: `${called} says what its decision log shows`, seen };
    else if (first === 'system') yield { kind: 'opa.policy', name, effect: 'differs', what: `${called} is its own: a question without a path, or its health`, seen };
    else if (mine) yield { kind: 'opa.policy', name, effect: 'opens', what: `${called} decides in the place of our bundle, which is not active`, seen };
    else if (asked(first)) yield { kind: 'opa.policy', name, effect: 'opens', what: `${called} decides with ours, which asks it`, seen };
    else yield { kind: 'opa.policy', name, effect: 'differs', what: `${called} was put beside the bundles, by hand`, seen };
  }
  const held = (path: string): boolean => (modules ?? []).some((module) => isUnder([path], module.package.join('/')));
  for (const path of data ?? []) {
    if ((isUnder(roots, path) && guarded) || path === 'system' || held(path) || (!asked(path) && bundled(path.split('/')))) continue;
    const said = `data.${path.replaceAll('/', '.')}`;
    yield asked(path)
      ? { kind: 'opa.data', name: path, effect: 'opens', what: `our policy asks ${said}, which the bundle does not bring`, seen: seenOf([path, digests?.get(path) ?? null]) }
      : { kind: 'opa.data', name: path, effect: 'differs', what: `${said} was put beside the bundles, by hand`, seen: seenOf(path) };
  }
  // A bundle that has a root of ours while ours is not active.
  for (const [name, theirs] of bundles ?? []) {
    const taken = name === bundle || rootOf(name) === roots[0] ? undefined : roots.find((root) => theirs.some((owned) => ownsOf(owned, root)));
    if (taken !== undefined) yield { kind: 'opa.policy', name, effect: 'opens', what: `the bundle ${name} has our root ${taken}, and decides instead of ours`, seen: seenOf([...theirs]) };
  }
}

/** What below `data` our policy asks, and no bundle brings. */
export const askedBeside = ({ data = [] }: Pick<Holdings, 'data'>, { roots, rego }: Pick<Ours, 'roots' | 'rego'>): readonly string[] =>
  data.filter((path) => !isUnder(roots, path) && path !== 'system' && rego.some((text) => asks(text, path)));

/** `data.theirs` or `data["theirs"]`, outside comments; or all of what it stands in, or whatever a variable names there. */
const asks = (text: string, path: string): boolean => {
  const code = text.replace(/^\s*#.*$/gm, '');
  const steps = path.split('/').map((name) => `(?:\\.${literally(name)}\\b|\\[\\s*["\`]${literally(name)}["\`]\\s*\\])`);
  const inside = steps.slice(0, -1).map((_, at) => `${steps.slice(0, at + 1).join('')}(?!\\s*(?:\\.\\w|\\[\\s*["\`]))`);
  return [steps.join(''), ...inside].some((one) => new RegExp(`\\bdata${one}`).test(code)) || /(?<![.\w])data\s*\[\s*[A-Za-z_]/.test(code);
};
