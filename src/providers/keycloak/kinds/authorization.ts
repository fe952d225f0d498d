import { objectOf, textsOf } from '../../../core/json.ts';
import { defineKind } from '../../../core/provider.ts';
import { refOf } from '../../../core/resource.ts';
import { attributeOf } from '../attributes.ts';
import type { Attributes } from '../attributes.ts';
import { deleteEntries, readSettings, writeSettings } from '../authorization-writes.ts';
import { AUTHORIZATION_MARK, ownerOf } from '../ownership.ts';
import type { AuthorizationRep, ClientRep } from '../representations.ts';
import type { Session } from '../session.ts';
import { authorization, authorizationSpec } from '../specs/authorization.ts';
import type { AuthorizationSpec } from '../specs/authorization.ts';
import { client } from '../specs/client.ts';
import { clientRole } from '../specs/client-role.ts';
import { clientScope } from '../specs/client-scope.ts';
import { group } from '../specs/group.ts';
import { nameIn } from '../specs/id.ts';
import { role } from '../specs/role.ts';
import { user } from '../specs/user.ts';

/** Who states it, whether it was there before, and which entries are ours: among the attributes of the client, beside those that say whose the client is. */
const MARK = AUTHORIZATION_MARK;
const ADOPTED = `${MARK}.adopted`;
const MADE = `${MARK}.made`;
type Made = Readonly<Record<'scopes' | 'resources' | 'policies', readonly string[]>>;

interface Held {
  readonly rep: ClientRep;
  readonly settings: AuthorizationRep;
}

/**
 * What the authorization services of a client decide by. On a client of ours it is stated without asking; on anybody else's it is taken over. Entries that
 * somebody added stay; what was stated and is stated no more goes.
 */
export const authorizationKind = defineKind<Session, AuthorizationSpec, Held>()({
  name: authorization.kind,
  after: [client.kind, role.kind, clientRole.kind, clientScope.kind, group.kind, user.kind],
  immutable: authorization.immutable,
  list: async (session) => {
    const snapshot = await session.snapshot();
    const settingsOf = new Map((snapshot?.exported?.clients ?? []).map(({ clientId, authorizationSettings }) => [clientId, authorizationSettings]));
    return (snapshot?.clients ?? []).flatMap((rep) => {
      const settings = settingsOf.get(rep.clientId);
      const owner = attributeOf(rep.attributes, MARK);
      if (settings === undefined || (owner === undefined && ownerOf(rep.attributes) === session.owner)) return [];
      const made = madeIn(rep.attributes);
      return [
        {
          kind: authorization.kind,
          id: authorization.id(session.realm, rep.clientId),
          spec: authorizationSpec({ ...settings }),
          owner,
          ...(attributeOf(rep.attributes, ADOPTED) === 'true' && { adopted: true as const }),
          ...(made && { made }),
          ref: { rep, settings },
        },
      ];
    });
  },
  put: async (session, desired, live) => {
    const clientId = nameIn(desired.id);
    const [found] = await session.clients.refs([clientId], desired.origin);
    const id = found?.id ?? '';
    const held = live === undefined ? await readSettings(session, { id, clientId }, desired.origin) : refOf(live).settings;
    const taken = live !== undefined && live.owner === undefined;
    await writeSettings(session, { id, clientId, desired, held }, (names) => mark(session, { id, clientId }, { [MARK]: session.owner, ...(taken && { [ADOPTED]: 'true' }), [MADE]: JSON.stringify(names) }));
  },
  remove: async (session, live) => {
    const { rep } = refOf(live);
    await deleteEntries(session, rep, madeIn(rep.attributes) ?? {}, undefined);
    await unmark(session, rep);
  },
  release: (session, live) => unmark(session, refOf(live).rep),
});

const madeIn = (attributes: Attributes | undefined): Made | undefined => {
  const text = attributeOf(attributes, MADE);
  if (text === undefined) return undefined;
  try {
    const said = objectOf(JSON.parse(text));
    return { scopes: textsOf(said['scopes']), resources: textsOf(said['resources']), policies: textsOf(said['policies']) };
  } catch {
    // Somebody else wrote there.
    return undefined;
  }
};

const unmark = (session: Session, rep: ClientRep): Promise<void> => mark(session, rep, { [MARK]: '', [ADOPTED]: '', [MADE]: '' });

const mark = async (session: Session, { id, clientId }: Pick<ClientRep, 'id' | 'clientId'>, attributes: Readonly<Record<string, string>>): Promise<void> => {
  // It is on, or there would be nothing to mark; whoever does not say so switches it off.
  await session.admin.write('PUT', `${session.base}/clients/${id}`, { doing: `note whose the authorization settings of client "${clientId}" are`, body: { clientId, authorizationServicesEnabled: true, attributes }, accept: [404] });
};
