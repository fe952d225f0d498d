import { effects } from '../../../core/resource.ts';
import type { Danger, Effect } from '../../../core/resource.ts';
import { plain } from '../plain.ts';
import type { ClientProfileRep } from '../representations.ts';
import { clientPolicy } from '../specs/client-policy.ts';
import { clientProfile } from '../specs/client-profile.ts';
import { flowEffect } from './flows.ts';
import { found, listed } from './scene.ts';
import type { Scene } from './scene.ts';

type Executor = NonNullable<ClientProfileRep['executors']>[number];

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

/** What policies of the realm that the blueprint does not state ask of clients, or let them do, in one line. */
export const clientPolicies = (scene: Scene): readonly Danger[] => {
  const all = scene.exported.clientPolicies?.policies ?? [];
  const known = scene.exported.clientProfiles?.profiles ?? [];
  const stated = (name: string): boolean => scene.stated.has(clientPolicy.address(scene.name, name));
  const policies = all.filter(({ name }) => !stated(name));
  const profiles = known.filter(({ name }) => !scene.stated.has(clientProfile.address(scene.name, name)));
  if (policies.length + profiles.length === 0) return [];
  // A policy of the blueprint may name a profile that somebody else has made.
  const inForce = all
    .filter(({ enabled }) => enabled !== false)
    .flatMap(({ name: policy, profiles: names = [] }) => names.map((name) => ({ policy, name, profile: known.find((one) => one.name === name) })))
    .filter(({ policy, profile }) => !stated(policy) || (profile !== undefined && profiles.includes(profile)));
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

const doing = (scene: Scene, { executor, configuration = {} }: Executor): { readonly effect: Effect; readonly words: string } => {
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
