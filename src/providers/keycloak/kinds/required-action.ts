import { sameValue } from '../../../core/diff.ts';
import { defineKind } from '../../../core/provider.ts';
import { refOf } from '../../../core/resource.ts';
import type { Live } from '../../../core/resource.ts';
import { layered } from '../attributes.ts';
import { foreignAttributes, ownership, textMark } from '../ownership.ts';
import { payloadOf } from '../payload.ts';
import type { RequiredActionRep } from '../representations.ts';
import type { Session } from '../session.ts';
import { shippedWith } from '../shipped/index.ts';
import { actionShape } from '../shipped/shape.ts';
import { nameIn } from '../specs/id.ts';
import { realm } from '../specs/realm.ts';
import { requiredAction } from '../specs/required-action.ts';
import type { RequiredActionSpec } from '../specs/required-action.ts';

interface ActionRef {
  readonly rep: RequiredActionRep;
  /** How Keycloak ships it; `undefined` for one that it does not. */
  readonly shipped: { readonly enabled?: unknown; readonly defaultAction?: unknown } | undefined;
}

/**
 * What people are asked to do. Keycloak ships all that it knows: one that is as shipped is nobody's, and is taken without asking; one that somebody
 * changed is theirs. What is taken away is as Keycloak ships it again.
 */
export const requiredActionKind = defineKind<Session, RequiredActionSpec, ActionRef>()({
  name: requiredAction.kind,
  after: [realm.kind],
  immutable: requiredAction.immutable,
  list: async (session) => {
    const exported = (await session.snapshot())?.exported;
    const { shipped } = shippedWith(exported?.keycloakVersion);
    return (exported?.requiredActions ?? []).flatMap((rep) => {
      const { owner } = ownership(rep.config);
      const usual = shipped.requiredActions[rep.alias];
      return owner === undefined && usual !== undefined && sameValue(actionShape(rep), usual) ? [] : [toLive(rep, usual, session.realm)];
    });
  },
  put: async (session, desired, live) => {
    const alias = nameIn(desired.id);
    const doing = `set required action "${alias}"`;
    const held = live === undefined ? await find(session, alias, doing) : refOf(live).rep;
    if (held === undefined) {
      const body = { providerId: desired.spec.providerId ?? alias, name: desired.spec.name ?? alias };
      await session.admin.write('POST', `${session.base}/authentication/register-required-action`, { doing, at: desired.origin, body });
    }
    const { config, ...fields } = desired.spec;
    const rep = held ?? (await find(session, alias, doing));
    await session.admin.write('PUT', pathOf(session, alias), {
      doing,
      at: desired.origin,
      body: { ...layered({ ...rep }, payloadOf(fields)), alias, config: layered(rep?.config, payloadOf(config ?? {}), textMark(session.owner, desired, live)) },
    });
  },
  remove: async (session, live) => {
    const { rep, shipped } = refOf(live);
    const { enabled = false, defaultAction = false } = shipped ?? {};
    await session.admin.write('PUT', pathOf(session, rep.alias), { doing: `set required action "${rep.alias}" back`, body: { ...rep, enabled, defaultAction, config: {} }, accept: [404] });
  },
  release: async (session, live) => {
    const { rep } = refOf(live);
    await session.admin.write('PUT', pathOf(session, rep.alias), { doing: `let go of required action "${rep.alias}"`, body: { ...rep, config: foreignAttributes(rep.config) }, accept: [404] });
  },
});

const pathOf = ({ base }: Session, alias: string): string => `${base}/authentication/required-actions/${encodeURIComponent(alias)}`;
const find = async (session: Session, alias: string, doing: string): Promise<RequiredActionRep | undefined> => session.admin.find<RequiredActionRep>(pathOf(session, alias), doing);

const toLive = (rep: RequiredActionRep, shipped: ActionRef['shipped'], realmName: string): Live<RequiredActionSpec, ActionRef> => {
  const { alias, config, ...fields } = rep;
  return {
    kind: requiredAction.kind,
    id: requiredAction.id(realmName, alias),
    spec: requiredAction.read({ ...fields, config: foreignAttributes(config) }),
    ...ownership(config),
    ref: { rep, shipped },
  };
};
