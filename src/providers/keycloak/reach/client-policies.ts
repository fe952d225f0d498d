import { effects } from '../../../core/resource.ts';
import type { Danger, Effect, Spec } from '../../../core/resource.ts';
import { plain } from '../plain.ts';
import { flowEffect } from './flows.ts';
import { found, listed } from './scene.ts';
import type { Scene } from './scene.ts';

/** What of a policy is read here; of a configuration, the flow that it binds. */
interface Executor {
  readonly executor?: string;
  readonly configuration?: Readonly<Record<string, unknown>>;
}
interface Profile {
  readonly name?: string;
  readonly executors?: readonly Executor[];
}
interface Policy {
  readonly name?: string;
  readonly enabled?: boolean;
  readonly profiles?: readonly string[];
}

/** What does not ask more of clients, and refuses those that do not do it. */
const EFFECTS: Readonly<Record<string, Effect>> = {
  'client-id-metadata-document': 'opens',
  'secret-rotation': 'weakens',
  'suppress-refresh-token-rotation': 'weakens',
  'registration-access-token-rotation-disabled': 'weakens',
  // These are about clients that somebody makes or changes.
  'consent-required': 'differs',
  'full-scope-disabled': 'differs',
};
/** Of the server's own, all others demand something. */
const DEMANDS = /^(reject-|secure-|saml-|pkce-|dpop-|holder-of-key-|jwt-claim-|confidential-client$|intent-client-|downscope-|tls-client-|use-lightweight-)/;
/** Profiles that come with the server: each demands. */
const SHIPPED = /^(fapi-|oauth-2-1-|saml-)/;

/** What policies of the realm ask of clients, or let them do, in one line: the blueprint says nothing of them. */
export const clientPolicies = (scene: Scene): readonly Danger[] => {
  // Both are Keycloak's own documents.
  const { policies = [] } = (scene.exported.clientPolicies ?? {}) as { readonly policies?: readonly Policy[] };
  const { profiles = [] } = (scene.exported.clientProfiles ?? {}) as { readonly profiles?: readonly Profile[] };
  const stated: Spec = scene.realm.spec;
  if (stated.clientPolicies != null || stated.clientProfiles != null || policies.length + profiles.length === 0) return [];
  const inForce = policies.filter(({ enabled }) => enabled !== false).flatMap((policy) => (policy.profiles ?? []).map((name) => ({ policy: policy.name ?? '?', name, profile: profiles.find((one) => one.name === name) })));
  const does = inForce.flatMap(({ policy, name, profile }) =>
    profile ? (profile.executors ?? []).map((one) => ({ policy, ...doing(scene, one) })) : [{ policy, effect: SHIPPED.test(name) ? ('breaks' as const) : ('differs' as const), words: `asks for the profile ${name}` }],
  );
  const effect = effects.find((one) => does.some((each) => each.effect === one)) ?? 'differs';
  const words = effect === 'differs' ? 'ask nothing of them that is in force' : listed(does.filter((one) => one.effect === effect).map((one) => `${one.policy} ${one.words}`));
  return [
    found(scene, scene.realm.kind, '', {
      effect,
      what: `policies for clients that the blueprint does not state${effect === 'differs' ? ' ' : ': '}${words}`,
      hint: 'switch the policy off in Keycloak (Realm settings, Client policies), or accept it',
      field: 'clientPolicies',
      held: plain({ policies, profiles }),
    }),
  ];
};

const doing = (scene: Scene, { executor = '?', configuration = {} }: Executor): { readonly effect: Effect; readonly words: string } => {
  const alias = configuration['auth-flow-alias'];
  if (executor === 'auth-flow-enforcer') {
    const { effect, what } = flowEffect(scene, String(alias));
    return { effect, words: `binds the flow ${String(alias)}, by which ${what}` };
  }
  if (executor === 'reject-request') return { effect: 'breaks', words: 'refuses every request that it is for' };
  const known = Object.hasOwn(EFFECTS, executor) ? EFFECTS[executor] : undefined;
  if (known !== undefined) return { effect: known, words: known === 'opens' ? `lets clients in that nobody registered (${executor})` : `does ${executor}` };
  return DEMANDS.test(executor) ? { effect: 'breaks', words: `refuses who does not do as ${executor} says` } : { effect: 'weakens', words: `does ${executor}, which nobody here knows` };
};
