import { sameValue } from '../../../core/diff.ts';
import type { Danger, Effect, SpecValue } from '../../../core/resource.ts';
import { differencesOf } from '../flow-tree.ts';
import { flowShape } from '../shipped/shape.ts';
import type { Step } from '../shipped/shape.ts';
import { client } from '../specs/client.ts';
import { flowBinding } from '../specs/flow-binding.ts';
import type { BindingField } from '../specs/flow-binding.ts';
import { flow } from '../specs/flow.ts';
import { plain } from '../plain.ts';
import { FLOW, found, listed } from './scene.ts';
import type { Scene } from './scene.ts';

/** Steps that nobody passes without a proof of who they are: a password, a key, a session, or another server that vouches. */
const PROOFS = new Set([
  'auth-cookie', 'auth-spnego', 'auth-username-password-form', 'auth-password-form', 'auth-x509-client-username-form', 'webauthn-authenticator-passwordless',
  'identity-provider-redirector', 'organization', 'direct-grant-validate-password', 'direct-grant-auth-x509-username', 'http-basic-authenticator', 'docker-http-basic-authenticator',
]); // prettier-ignore

/** True when whoever passes has shown a proof: one required step is enough; of alternatives each must be one. */
export const proves = (steps: readonly Step[]): boolean => {
  if (steps.some((step) => step.requirement === 'REQUIRED' && stepProves(step))) return true;
  // Beside a step that must be passed, or that must be on a condition, Keycloak looks at no alternative.
  if (steps.some(({ requirement, by }) => (requirement === 'REQUIRED' || requirement === 'CONDITIONAL') && !isCondition(by))) return false;
  const alternatives = steps.filter(({ requirement }) => requirement === 'ALTERNATIVE');
  return alternatives.length > 0 && alternatives.every((step) => stepProves(step) || staysOut(step));
};
/** Where nobody passes, nobody does without a proof. */
const stepProves = ({ by, steps }: Step): boolean => (steps ? proves(steps) || refuses(steps) : by !== undefined && (PROOFS.has(by) || by === DENIES));
const isCondition = (by: string | undefined): boolean => by?.startsWith('conditional-') === true;

const DENIES = 'deny-access-authenticator';
/** True where nobody gets through. */
const refuses = (steps: readonly Step[]): boolean => {
  const stepRefuses = ({ by, steps: inside }: Step): boolean => by === DENIES || (inside !== undefined && refuses(inside));
  if (steps.some((step) => step.requirement === 'REQUIRED' && stepRefuses(step))) return true;
  const alternatives = steps.filter(({ requirement }) => requirement === 'ALTERNATIVE');
  return alternatives.length > 0 && alternatives.every(stepRefuses);
};
/**
 * A flow inside the flow whose steps all depend on a condition lets nobody in by itself. What asks for more than a proof counts for none: there must be a step
 * beside it that asks for one, or who has shown nothing comes through by what is left.
 */
const staysOut = ({ steps }: Step): boolean => {
  const onCondition = steps?.filter(({ requirement }) => requirement !== 'DISABLED');
  if (onCondition?.every(({ requirement }) => requirement === 'CONDITIONAL') !== true) return false;
  const asking = onCondition.filter(({ steps: inside = [] }) => proves(inside) || conditionOnly(inside));
  const others = onCondition.flatMap(({ steps: inside = [] }) => (inside.length === 0 || proves(inside) || conditionOnly(inside) ? [] : [inside]));
  return others.every(addsOnly) && (others.length === 0 || asking.length > 0);
};
/** It asks more of somebody who has shown a proof already, and knows nobody else: Keycloak takes none of these steps for an account that it does not know yet. */
const addsOnly = (steps: readonly Step[]): boolean => steps.every(({ by, requirement }) => requirement === 'DISABLED' || isCondition(by) || (by !== undefined && SECOND.has(by)));
const SECOND = new Set(['auth-otp-form', 'auth-recovery-authn-code-form', 'webauthn-authenticator']);
const conditionOnly = (steps: readonly Step[]): boolean => steps.some(({ by, requirement }) => requirement !== 'DISABLED' && isCondition(by)) && steps.some(stepProves);

interface Binding {
  readonly field: BindingField;
  readonly doing: string;
  /** Whether it may be passed without a proof by who signs in. */
  readonly proof: boolean;
  /** True where nobody gets to it. */
  readonly idle?: (scene: Scene) => boolean;
}

const anyIdentityProvider = ({ exported }: Scene): boolean => (exported.identityProviders ?? []).some(({ enabled }) => enabled !== false);

const BINDINGS: readonly Binding[] = [
  { field: 'browserFlow', doing: 'sign in with a browser', proof: true },
  { field: 'directGrantFlow', doing: 'get tokens for a password', proof: true, idle: ({ exported }) => !(exported.clients ?? []).some((one) => one.enabled !== false && one.directAccessGrantsEnabled) },
  { field: 'registrationFlow', doing: 'make an account', proof: false, idle: ({ exported }) => !exported.registrationAllowed },
  { field: 'resetCredentialsFlow', doing: 'set a forgotten password', proof: false, idle: ({ exported }) => !exported.resetPasswordAllowed },
  { field: 'firstBrokerLoginFlow', doing: 'come from an identity provider for the first time', proof: false, idle: (scene) => !anyIdentityProvider(scene) },
  { field: 'clientAuthenticationFlow', doing: 'prove which client they are', proof: false },
  { field: 'dockerAuthenticationFlow', doing: 'sign in to a Docker registry', proof: true, idle: ({ exported }) => !(exported.clients ?? []).some((one) => one.protocol === 'docker-v2') },
];

/** Steps that take the place of a proof where one is asked for. */
const TAKES_OVER = /^(idp-auto-link|idp-detect-existing-broker-user|idp-confirm-override-link|auth-conditional-.*|auth-script-based|script-.*)$/;

/** The steps in force by which somebody gets an account that may be another's. */
export const takesOver = (steps: readonly Step[]): readonly string[] => names(steps).filter((name) => TAKES_OVER.test(name));

/** By which clients prove who they are. One that is public proves nothing, and comes in by the first as well. */
const BY_SECRET = 'client-secret';
const CLIENT_PROOFS = new Set([BY_SECRET, 'client-jwt', 'client-secret-jwt', 'client-x509', 'federated-jwt', 'attestation-based']);

/** The flows that are bound in the realm, compared with those that Keycloak ships. */
export const flows = (scene: Scene): readonly Danger[] => {
  if (scene.exported.authenticationFlows === undefined) return [];
  return BINDINGS.flatMap((binding) => {
    const usual = String(scene.shipped.realm[binding.field] ?? '');
    const alias = scene.exported[binding.field] ?? usual;
    const steps = flowShape(scene.exported, alias);
    const judged = judge(scene, steps, { binding, usual });
    if (judged === undefined) return [];
    const { effect, what } = judged;
    // What is asked of whoever passes is the blueprint's word; that nothing is, its author accepts in words.
    if (effect !== 'opens' && isStated(scene, binding.field, alias)) return [];
    const hint = `bind the flow "${usual}" as Keycloak ships it, or accept it`;
    const held = plain({ alias, steps: inOrder(steps ?? []) });
    if (alias !== usual)
      return [found(scene, scene.realm.kind, '', { effect, what: `${what} (the flow "${alias}" is bound, and not "${usual}")`, hint, field: binding.field, held })];
    return [found(scene, FLOW, alias, { effect, what: `${what} (the flow "${alias}" is not as Keycloak ships it)`, hint, held })];
  });
};

/** The blueprint says that this flow is bound, and how it is; and it is so. */
const isStated = (scene: Scene, field: Binding['field'], alias: string): boolean => {
  const bound = scene.stated.get(flowBinding.address(scene.name, field));
  return bound !== undefined && flowBinding.is(bound) && bound.spec.flow === alias && isAsStated(scene, alias);
};

const isAsStated = (scene: Scene, alias: string): boolean => {
  const desired = scene.stated.get(flow.address(scene.name, alias));
  const live = scene.live.find((one) => one.kind === flow.kind && one.id === flow.id(scene.name, alias));
  return desired !== undefined && live !== undefined && flow.is(desired) && flow.is(live) && differencesOf(desired.spec, live.spec).length === 0;
};

/**
 * The flows that clients of the blueprint have of their own, and those of any other client by which people get in without a proof of who they
 * are: whoever is signed in at one client of the realm is signed in at all.
 */
export const flowOverrides = (scene: Scene): readonly Danger[] =>
  (scene.exported.clients ?? []).flatMap((rep) =>
    Object.entries(rep.authenticationFlowBindingOverrides ?? {}).flatMap(([kind, id]) => {
      const stated = scene.clients.get(rep.clientId);
      const field = kind === 'direct_grant' ? 'directGrantFlow' : 'browserFlow';
      const binding = BINDINGS.find((one) => one.field === field);
      if (binding === undefined || typeof id !== 'string' || id === '' || (stated === undefined && rep.enabled === false)) return [];
      const alias = scene.exported.authenticationFlows?.find((one) => one.id === id)?.alias ?? id;
      const steps = flowShape(scene.exported, alias);
      const { effect, what } = judge(scene, steps, { binding: { ...binding, idle: () => false }, usual: String(scene.shipped.realm[field] ?? '') }) ?? {
        effect: 'differs',
        what: `people ${binding.doing} as everywhere`,
      };
      // Of the clients that every realm has, what else changes is told as well.
      if (stated === undefined && effect !== 'opens' && !Object.hasOwn(scene.shipped.clients, rep.clientId)) return [];
      if (effect !== 'opens' && stated?.spec.authenticationFlowBindingOverrides?.[kind] === alias && isAsStated(scene, alias)) return [];
      return [
        found(scene, client.kind, rep.clientId, {
          effect,
          what: `at ${rep.clientId} ${what} (it has a flow of its own, "${alias}")`,
          hint: 'take the flow away from the client in Keycloak, or accept it',
          field: `authenticationFlowBindingOverrides.${kind}`,
          held: plain({ alias, steps: inOrder(steps ?? []) }),
          ...(stated && { origin: stated.origin }),
        }),
      ];
    }),
  );

interface Judging {
  readonly binding: Binding;
  /** The flow of Keycloak that it stands for. */
  readonly usual: string;
}

const judge = (scene: Scene, steps: readonly Step[] | undefined, { binding, usual }: Judging): { effect: Effect; what: string } | undefined => {
  const shipped = Object.hasOwn(scene.shipped.flows, usual) ? scene.shipped.flows[usual] : undefined;
  const { doing } = binding;
  if (steps === undefined) return { effect: 'breaks', what: `nobody can ${doing}: its flow is not there` };
  if (shipped !== undefined && sameSteps(steps, shipped)) return undefined;
  const idle = binding.idle?.(scene) === true;
  const other = { effect: 'differs' as const, what: `people ${doing} otherwise than Keycloak ships it` };
  if (idle) return other;
  if (refuses(steps)) return { effect: 'breaks', what: `nobody can ${doing}: a step of its flow denies access to everybody` };
  if (binding.field === 'clientAuthenticationFlow') return clientsProve(steps, other);
  if (binding.proof && !proves(steps)) return { effect: 'opens', what: `people ${doing} without a password or another proof of who they are` };
  if (takesOver(steps).length > 0) return { effect: 'opens', what: `people ${doing} by steps that take over accounts or run scripts: ${takesOver(steps).join(', ')}` };
  if (binding.field === 'resetCredentialsFlow' && !names(steps).includes('reset-credential-email'))
    return { effect: 'opens', what: `people ${doing} without the mail that proves whose account it is` };
  if (names(steps).includes(DENIES)) return { effect: 'breaks', what: `some who ${doing} are refused: a step of its flow denies access` };
  if (shipped !== undefined && onlyMore(steps, shipped)) return { effect: 'differs', what: `people ${doing} with more steps than Keycloak ships` };
  return { effect: 'weakens', what: other.what };
};

const clientsProve = (steps: readonly Step[], { what }: { readonly what: string }): { effect: Effect; what: string } => {
  const by = names(steps);
  const unknown = by.filter((name) => !CLIENT_PROOFS.has(name));
  if (unknown.length > 0) return { effect: 'opens', what: `clients get tokens by ${listed(unknown)}, which asks for no proof that is known here` };
  if (!by.includes(BY_SECRET)) return { effect: 'breaks', what: 'no client that is public, or proves by a secret which one it is, gets a token: the flow has no step for its secret' };
  return { effect: 'weakens', what };
};

/** What signing in with a browser by some flow does. */
export const flowEffect = (scene: Scene, alias: string): { effect: Effect; what: string } => {
  const [binding] = BINDINGS;
  const judged = binding && judge(scene, flowShape(scene.exported, alias), { binding, usual: 'browser' });
  return judged ?? { effect: 'differs', what: 'people sign in as everywhere' };
};

/** The steps that are in force, by name. */
const names = (steps: readonly Step[]): readonly string[] =>
  steps.flatMap(({ by, requirement, steps: inside }) => (requirement === 'DISABLED' ? [] : [...(by === undefined ? [] : [by]), ...names(inside ?? [])]));

/** Everything that Keycloak ships is there as it ships it, and what is more must be passed as well. */
const onlyMore = (steps: readonly Step[], shipped: readonly Step[]): boolean => {
  let at = 0;
  for (const step of steps) {
    const next = shipped[at];
    if (next !== undefined && sameOrMore(step, next)) at += 1;
    else if (step.requirement !== 'REQUIRED' && step.requirement !== 'CONDITIONAL') return false;
  }
  return at === shipped.length;
};
const sameOrMore = (step: Step, next: Step): boolean => sameSteps([step], [next]) || (step.by === next.by && step.requirement === next.requirement && step.steps !== undefined && next.steps !== undefined && onlyMore(step.steps, next.steps));

const sameSteps = (left: readonly Step[], right: readonly Step[]): boolean => sameValue(inOrder(left), inOrder(right));
/** As a value of a spec, in which the order of the steps stays. */
const inOrder = (steps: readonly Step[]): SpecValue =>
  steps.map(({ by, requirement, config, steps: inside }, at) => ({
    at,
    ...(by !== undefined && { by }),
    requirement,
    ...(config && { config }),
    ...(inside && { steps: inOrder(inside) }),
  }));
