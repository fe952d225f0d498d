import { defineKind } from '../../../core/provider.ts';
import { attributeOf, layered } from '../attributes.ts';
import { BINDING } from '../notes.ts';
import { ownerOf } from '../ownership.ts';
import type { RealmRep } from '../representations.ts';
import type { Session } from '../session.ts';
import { defaultGroups } from '../specs/default-groups.ts';
import type { DefaultGroupsSpec } from '../specs/default-groups.ts';
import { group } from '../specs/group.ts';
import { realm } from '../specs/realm.ts';

const MARK = `${BINDING}defaultGroups`;

/** What every new account joins: like a flow that is bound, it belongs to whom the realm belongs, unless a blueprint said so. */
export const defaultGroupsKind = defineKind<Session, DefaultGroupsSpec>()({
  name: defaultGroups.kind,
  after: [realm.kind, group.kind],
  immutable: defaultGroups.immutable,
  list: async (session) => {
    const held = (await session.snapshot())?.realm;
    const mark = attributeOf(held?.attributes, MARK);
    const groups = held?.defaultGroups ?? [];
    // Where nobody says anything of them they are looked at with the groups.
    if (held === undefined || (mark === undefined && (groups.length === 0 || session.raw.realm.defaultGroups === undefined))) return [];
    return [{ kind: defaultGroups.kind, id: defaultGroups.id(session.realm), spec: defaultGroups.read({ groups }), owner: mark ?? ownerOf(held.attributes), ref: undefined }];
  },
  put: (session, desired) => write(session, { groups: desired.spec.groups, owner: session.owner, doing: 'say what every new account joins', at: desired.origin }),
  remove: (session) => write(session, { groups: [], owner: null, doing: 'let new accounts join nothing' }),
  release: (session) => write(session, { owner: null, doing: 'let go of what every new account joins' }),
});

interface Written {
  readonly groups?: readonly string[];
  readonly owner: string | null;
  readonly doing: string;
  readonly at?: Parameters<Session['admin']['write']>[2]['at'];
}

/** Attributes are replaced as a whole, so that they are read anew. */
const write = (session: Session, { groups, owner, doing, at }: Written): Promise<void> =>
  session.settings(async () => {
    const { attributes } = await session.admin.read<RealmRep>(session.base, 'read the realm');
    await session.admin.write('PUT', session.base, { doing, at, body: { realm: session.realm, ...(groups && { defaultGroups: groups }), attributes: layered(attributes, { [MARK]: owner }) } });
  });
