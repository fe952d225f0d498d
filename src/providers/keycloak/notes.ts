import type { Position } from '../../core/problem.ts';
import type { Address } from '../../core/resource.ts';
import type { KeycloakAdmin } from './client.ts';
import { attributeOf, layered } from './attributes.ts';
import type { Attributes } from './attributes.ts';
import { hashed, markedId, ownerById } from './marked-ids.ts';
import type { RealmRep } from './representations.ts';

/** What is noted of one object; `null` takes away. */
interface Note {
  /** Whose it has become: a blueprint that took it over, or nobody, that let it go. */
  readonly hands?: string | null;
  /** The fingerprint of its secrets. */
  readonly credential?: string | null;
}
const HANDS = 'authctl.hands.';
const CREDENTIAL = 'authctl.credential.';
/** Who says which flow people pass, by the field of the realm. */
export const BINDING = 'authctl.binding.';
/** Whose something is that has no room for a mark and no id, by a hash of its address. */
const OF = 'authctl.of.';
const ADOPTED = ' adopted';
/** No blueprint is called so. */
export const NOBODY = '-';

/**
 * What has no room for a mark carries it as its id (`markedId`). What an id cannot say - that it changed hands, what its secrets are - is noted among
 * the attributes of the realm, and only then.
 */
export interface Notes {
  /** Replaces what is known. */
  readonly learn: (attributes: Attributes | undefined, owners: ReadonlySet<string>) => void;
  readonly ownership: (id: string, address: Address) => { owner: string | undefined; adopted?: true };
  readonly credential: (id: string) => string | undefined;
  /** Writes nothing where it is noted so. */
  readonly note: (id: string, note: Note, at?: Position) => Promise<void>;
  /** Of an object of ours that is there no more. */
  readonly forget: (id: string) => Promise<void>;
  /** Whose something is that has neither a room for a mark nor an id. */
  readonly holder: (address: Address) => { owner: string | undefined; adopted?: true };
  /** Notes that it is this blueprint's, or with `null` nobody's; `takenOver`: it was there before. */
  readonly hold: (address: Address, who: 'ours' | 'takenOver' | null, at?: Position) => Promise<void>;
  /** Notes that it is nobody's. */
  readonly letGo: (id: string, address: Address) => Promise<void>;
}

export const createNotes = (admin: KeycloakAdmin, { base, owner, inTurn }: { readonly base: string; readonly owner: string; readonly inTurn: (work: () => Promise<void>) => Promise<void> }): Notes => {
  let held: Attributes = {};
  let owners: ReadonlySet<string> = new Set();
  const note: Notes['note'] = (id, { hands, credential }, at) => write({ ...(hands !== undefined && { [HANDS + id]: hands }), ...(credential !== undefined && { [CREDENTIAL + id]: credential }) }, at);
  const write = async (attributes: Readonly<Record<string, string | null>>, at: Position | undefined): Promise<void> => {
    const asked = Object.entries(attributes);
    if (asked.every(([name, value]) => (attributeOf(held, name) ?? null) === value)) return;
    // Attributes are replaced as a whole, so that they are read anew, one after the other.
    await inTurn(async () => {
      const { realm, attributes: now } = await admin.read<RealmRep>(base, 'read the realm');
      held = layered(now, attributes);
      await admin.write('PUT', base, { doing: 'note whose it is in the realm', at, body: { realm, attributes: held } });
    });
  };
  return {
    learn: (attributes, seen) => {
      held = attributes ?? {};
      owners = seen;
    },
    ownership: (id, address) => {
      const hands = attributeOf(held, HANDS + id);
      if (hands === undefined) return { owner: ownerById(id, address, { self: owner, others: owners }) };
      return hands === NOBODY ? { owner: undefined } : { owner: hands, adopted: true };
    },
    holder: (address) => {
      const mark = attributeOf(held, OF + hashed(address));
      return mark?.endsWith(ADOPTED) ? { owner: mark.slice(0, -ADOPTED.length), adopted: true } : { owner: mark };
    },
    hold: (address, who, at) => {
      const already = attributeOf(held, OF + hashed(address));
      // What was taken over stays so, however often it is changed.
      const taken = who === 'takenOver' || already === owner + ADOPTED;
      return write({ [OF + hashed(address)]: who === null ? null : taken ? owner + ADOPTED : owner }, at);
    },
    credential: (id) => attributeOf(held, CREDENTIAL + id),
    note,
    forget: (id) => note(id, { hands: null, credential: null }),
    letGo: (id, address) => note(id, { hands: id === markedId(owner, address) ? NOBODY : null, credential: null }),
  };
};

/** What stays in a realm that is let go: it is about other objects, and about other blueprints. */
export const notesIn = (attributes: Attributes | undefined): Record<string, unknown> =>
  Object.fromEntries(Object.entries(attributes ?? {}).filter(([name]) => [HANDS, CREDENTIAL, BINDING, OF].some((start) => name.startsWith(start))));
