import { defineKind } from '../../../core/provider.ts';
import { addressOf } from '../../../core/resource.ts';
import { layered } from '../attributes.ts';
import { payloadOf } from '../payload.ts';
import { appeared } from '../session.ts';
import type { Session } from '../session.ts';
import { nameIn } from '../specs/id.ts';
import { realm } from '../specs/realm.ts';
import { texts } from '../specs/texts.ts';
import type { TextsSpec } from '../specs/texts.ts';

/** Texts by language: `POST` puts some beside those that are there, and takes none away. */
export const textsKind = defineKind<Session, TextsSpec>()({
  name: texts.kind,
  after: [realm.kind],
  immutable: texts.immutable,
  list: async (session) =>
    Object.entries((await session.snapshot())?.exported?.localizationTexts ?? {}).flatMap(([locale, held]) => {
      const id = texts.id(session.realm, locale);
      if (Object.keys(held).length === 0) return [];
      return { kind: texts.kind, id, spec: texts.read({ texts: held }), ...session.notes.holder(addressOf({ kind: texts.kind, id })), ref: undefined };
    }),
  put: async (session, desired, live) => {
    const locale = nameIn(desired.id);
    const address = addressOf(desired);
    const doing = `put the texts in "${locale}"`;
    const held = live?.spec.texts ?? (await session.admin.find<Record<string, string>>(pathOf(session, locale), doing)) ?? {};
    if (live === undefined && Object.keys(held).length > 0 && session.notes.holder(address).owner !== session.owner) throw appeared(`what stands in "${locale}" on pages`, desired.origin);
    await session.notes.hold(address, live !== undefined && live.owner === undefined ? 'takenOver' : 'ours', desired.origin);
    const wanted = layered(payloadOf(desired.spec.texts));
    for (const name of Object.keys(held).filter((one) => !Object.hasOwn(wanted, one)))
      await session.admin.write('DELETE', `${pathOf(session, locale)}/${encodeURIComponent(name)}`, { doing, at: desired.origin, accept: [404] });
    await session.admin.write('POST', pathOf(session, locale), { doing, at: desired.origin, body: wanted });
  },
  remove: async (session, live) => {
    const locale = nameIn(live.id);
    await session.admin.write('DELETE', pathOf(session, locale), { doing: `take away the texts in "${locale}"`, accept: [404] });
    await session.notes.hold(addressOf(live), null);
  },
  release: (session, live) => session.notes.hold(addressOf(live), null),
});

const pathOf = ({ base }: Session, locale: string): string => `${base}/localization/${encodeURIComponent(locale)}`;
