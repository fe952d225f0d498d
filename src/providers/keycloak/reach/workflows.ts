import { effects } from '../../../core/resource.ts';
import type { Danger, Effect } from '../../../core/resource.ts';
import { plain } from '../plain.ts';
import type { Session } from '../session.ts';
import type { List } from './lists.ts';
import { component } from '../specs/component.ts';
import { found, isStated, listed, WORKFLOW } from './scene.ts';
import type { Scene } from './scene.ts';

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Workflow {
  readonly name?: string;
  readonly enabled?: boolean;
  readonly on?: string;
  readonly steps?: readonly Step[];
}

const WORKFLOWS = 'org.keycloak.models.workflow.WorkflowProvider';
/** Kinds of components that are looked at one by one, each in a file of its own. */
const LOOKED_AT: ReadonlySet<string> = new Set([
  WORKFLOWS,
  'org.keycloak.keys.KeyProvider',
  'org.keycloak.storage.UserStorageProvider',
  'org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy',
  'org.keycloak.userprofile.UserProfileProvider',
]);

interface Doing {
  readonly effect: Effect;
  readonly words: (value: string) => string;
}
const value = ({ with: what = {} }: Step): string => listed(Object.values(what).flat().map(String));

/** What a step does to an account (https://www.keycloak.org/docs/latest/server_admin/ , "Managing workflows"); one that is not here is not known. */
const STEPS: Readonly<Record<string, Doing>> = {
  'grant-role': { effect: 'opens', words: (role) => `gets the role ${role}` },
  'join-group': { effect: 'opens', words: (group) => `joins the group ${group}` },
  'set-user-attribute': { effect: 'weakens', words: (what) => `gets an attribute (${what})` },
  'revoke-role': { effect: 'breaks', words: (role) => `loses the role ${role}` },
  'leave-group': { effect: 'breaks', words: (group) => `leaves the group ${group}` },
  'add-required-action': { effect: 'breaks', words: (action) => `must do ${action} before the next sign-in` },
  'disable-user': { effect: 'breaks', words: () => 'is switched off' },
  'delete-user': { effect: 'breaks', words: () => 'is deleted' },
  'unlink-user': { effect: 'breaks', words: (provider) => `is cut off from ${provider}` },
  'notify-user': { effect: 'differs', words: () => 'gets a mail' },
};
const doingOf = (step: Step): { readonly effect: Effect; readonly words: string } => {
  const known = step.uses !== undefined && Object.hasOwn(STEPS, step.uses) ? STEPS[step.uses] : undefined;
  return known ? { effect: known.effect, words: known.words(value(step)) } : { effect: 'opens', words: `has "${step.uses ?? 'nothing'}" done to it, which is not known here` };
};

/** What Keycloak does to accounts by itself. The export says that there are some, and hides what they do. */
export const workflows = async (scene: Scene, { base }: Pick<Session, 'base'>, list: List): Promise<readonly Danger[]> => {
  if ((scene.exported.components?.[WORKFLOWS] ?? []).length === 0) return [];
  const all = await list<Workflow>(`${base}/workflows?exact=false`, 'list workflows', 'view-realm');
  return all.flatMap((rep) => {
    const does = (rep.steps ?? []).filter(({ uses }) => uses !== 'restart').map(doingOf);
    // Who could switch one on could make one.
    if (rep.enabled === false || does.length === 0) return [];
    return [
      found(scene, WORKFLOW, rep.name ?? '?', {
        effect: effects.find((one) => does.some(({ effect }) => effect === one)) ?? 'differs',
        what: `on ${rep.on ?? 'what somebody starts by hand'} an account ${listed(does.map(({ words }) => words))}`,
        hint: 'switch it off in Keycloak, or accept it',
        held: plain({ ...rep, steps: (rep.steps ?? []).map(({ uses, with: what, ...step }) => ({ ...withoutId(step), uses, with: what })) }),
      }),
    ];
  });
};

const withoutId = ({ id: _id, ...step }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => step;

/** Components of a kind that nothing here knows: an extension may do anything with accounts and tokens. */
export const unknownComponents = (scene: Scene): readonly Danger[] =>
  Object.entries(scene.exported.components ?? {})
    .filter(([type]) => !LOOKED_AT.has(type))
    .flatMap(([type, components]) =>
      components
        .filter((rep) => !isStated(scene, rep))
        .map((rep) =>
          found(scene, component.kind, rep.name ?? rep.providerId, {
            effect: 'weakens',
            what: `${rep.providerId} of ${type} does what is not known here`,
            hint: 'read what the extension does, then accept it or take it away',
            held: plain({ type, name: rep.name, providerId: rep.providerId, config: rep.config }),
          }),
        ),
    );
