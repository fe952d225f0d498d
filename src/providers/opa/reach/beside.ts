import { literally } from '../../../core/literally.ts';
import { seenOf } from '../../../core/seen.ts';
import type { Finding } from './config.ts';
import type { Holdings } from './read.ts';

interface Ours {
  /** The root of our bundle. */
  readonly root: string;
  /** The Rego that is published for us. */
  readonly rego: readonly string[];
  /** Fingerprints of data that it asks, by name: whether it is still what somebody looked at, and not what is in it. */
  readonly digests?: ReadonlyMap<string, string>;
}

/**
 * Policies and data that stand beside our bundle. What belongs to the roots of another bundle is that bundle's: OPA lets it have no part of
 * ours. Anything else was put there by hand, and where our policy asks it, it decides with us.
 */
export function* besideFindings({ bundles, modules, data, config }: Holdings, { root, rego, digests }: Ours): Generator<Finding> {
  const asked = (name: string): boolean => rego.some((text) => asks(text, name));
  // While our bundle is not active nothing keeps others from its root.
  const guarded = bundles === undefined || [...bundles.values()].flat().some((owned) => owned === '' || owned.split('/')[0] === root);
  const bundled = (path: readonly string[]): boolean =>
    [...(bundles?.values() ?? [])].flat().some((owned) => owned === '' || owned.split('/').every((part, at) => path[at] === part));
  for (const module of modules ?? []) {
    const [first = '', second] = module.package;
    if ((first === root && guarded) || (first !== 'system' && !asked(first) && bundled(module.package))) continue;
    const seen = seenOf(module.raw);
    const name = module.id;
    const called = `the policy ${module.package.join('.')}`;
    if (first === 'system' && second === 'authz') yield { kind: 'opa.policy', name, effect: 'opens', what: `${called} says who may ask it and who may put policies there`, seen };
    else if (first === 'system' && second === 'log') yield { kind: 'opa.policy', name, effect: config?.['decision_logs'] === undefined ? 'differs' : 'exposes', what: `${called} says what its decision log shows`, seen };
    else if (first === 'system') yield { kind: 'opa.policy', name, effect: 'differs', what: `${called} is its own: a question without a path, or its health`, seen };
    else if (first === root) yield { kind: 'opa.policy', name, effect: 'opens', what: `${called} decides in the place of our bundle, which is not active`, seen };
    else if (asked(first)) yield { kind: 'opa.policy', name, effect: 'opens', what: `${called} decides with ours, which asks it`, seen };
    else yield { kind: 'opa.policy', name, effect: 'differs', what: `${called} was put beside the bundles, by hand`, seen };
  }
  const policies = new Set((modules ?? []).map((module) => module.package[0]));
  for (const name of data ?? []) {
    if ((name === root && guarded) || name === 'system' || policies.has(name) || (!asked(name) && bundled([name]))) continue;
    yield asked(name)
      ? { kind: 'opa.data', name, effect: 'opens', what: `our policy asks data.${name}, which the bundle does not bring`, seen: seenOf([name, digests?.get(name) ?? null]) }
      : { kind: 'opa.data', name, effect: 'differs', what: `data.${name} was put beside the bundles, by hand`, seen: seenOf(name) };
  }
  // A bundle that has our root while ours is not active.
  for (const [name, roots] of bundles ?? [])
    if (name !== root && name.replaceAll('-', '_') !== root && roots.some((owned) => owned === '' || owned.split('/')[0] === root))
      yield { kind: 'opa.policy', name, effect: 'opens', what: `the bundle ${name} has our root ${root}, and decides instead of ours`, seen: seenOf([...roots]) };
}

/** The names below `data` that our policy asks, and no bundle brings. */
export const askedBeside = ({ data = [] }: Pick<Holdings, 'data'>, { root, rego }: Pick<Ours, 'root' | 'rego'>): readonly string[] =>
  data.filter((name) => name !== root && name !== 'system' && rego.some((text) => asks(text, name)));

/** `data.theirs` or `data["theirs"]`, outside comments; or whatever a variable names. */
const asks = (text: string, name: string): boolean => {
  const code = text.replace(/^\s*#.*$/gm, '');
  const quoted = literally(name);
  return new RegExp(`\\bdata(\\.${quoted}\\b|\\[\\s*["\`]${quoted}["\`]\\s*\\])`).test(code) || /(?<![.\w])data\s*\[\s*[A-Za-z_]/.test(code);
};
