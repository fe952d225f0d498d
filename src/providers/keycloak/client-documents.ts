import { addressOf } from '../../core/resource.ts';
import type { Desired, Live, Spec } from '../../core/resource.ts';
import type { Position } from '../../core/problem.ts';
import { layered } from './attributes.ts';
import { payloadOf } from './payload.ts';
import type { PartialExport } from './representations.ts';
import { appeared } from './session.ts';
import type { Session } from './session.ts';
import { nameIn } from './specs/id.ts';

interface DocumentKind<S extends Spec, Rep> {
  /** `client policy` */
  readonly what: string;
  readonly document: 'profiles' | 'policies';
  readonly held: (exported: PartialExport) => readonly Rep[];
  readonly live: (session: Session, rep: Rep) => Live<S>;
}

/**
 * Profiles are one document of a realm, and policies another: whoever changes one of them reads it first, one after the other. There is no room for a
 * mark in either, so that whose it is stands among the attributes of the realm.
 */
export const documentKind = <S extends Spec, Rep extends { readonly name: string }>({ what, document, held, live: toLive }: DocumentKind<S, Rep>) => {
  const change = (session: Session, doing: string, at: Position | undefined, then: (all: readonly Rep[]) => readonly object[]): Promise<void> =>
    session.settings(async () => {
      const path = `${session.base}/client-policies/${document}`;
      const whole = await session.admin.read<Readonly<Record<string, readonly Rep[] | undefined>>>(path, `read the ${document} for clients`);
      await session.admin.write('PUT', path, { doing, at, body: { ...whole, [document]: then(whole[document] ?? []) } });
    });
  return {
    list: async (session: Session): Promise<readonly Live<S>[]> => {
      const exported = (await session.snapshot())?.exported;
      return exported === undefined ? [] : held(exported).map((rep) => toLive(session, rep));
    },
    put: async (session: Session, desired: Desired<S>, live: Live<S> | undefined): Promise<void> => {
      const name = nameIn(desired.id);
      const address = addressOf(desired);
      const ours = session.notes.holder(address).owner === session.owner;
      const one = { ...layered(payloadOf(desired.spec)), name };
      // Whose it is comes first: nothing of somebody else's is changed.
      if (live !== undefined && live.owner === undefined) await session.notes.hold(address, 'takenOver', desired.origin);
      await change(session, `${live === undefined ? 'make' : 'change'} ${what} "${name}"`, desired.origin, (all) => {
        const there = all.some((rep) => rep.name === name);
        if (there && live === undefined && !ours) throw appeared(`${what} "${name}"`, desired.origin);
        return there ? all.map((rep) => (rep.name === name ? one : rep)) : [...all, one];
      });
      if (live === undefined) await session.notes.hold(address, 'ours', desired.origin);
    },
    remove: async (session: Session, live: Live<S>): Promise<void> => {
      const name = nameIn(live.id);
      await change(session, `delete ${what} "${name}"`, undefined, (all) => all.filter((rep) => rep.name !== name));
      await session.notes.hold(addressOf(live), null);
    },
    release: (session: Session, live: Live<S>): Promise<void> => session.notes.hold(addressOf(live), null),
  };
};
