import type { Danger } from '../../../core/resource.ts';
import { plain } from '../plain.ts';
import { texts as textsType } from '../specs/texts.ts';
import { found, listed } from './scene.ts';
import type { Scene } from './scene.ts';

/** Texts that somebody has put in place of those of the theme: they stand on the pages where people type their passwords, and in mail. */
export const texts = (scene: Scene): readonly Danger[] => {
  const changed = Object.entries(scene.exported.localizationTexts ?? {}).filter(([locale, own]) => Object.keys(own).length > 0 && !scene.stated.has(textsType.address(scene.name, locale)));
  if (changed.length === 0) return [];
  return [
    found(scene, scene.realm.kind, '', {
      effect: 'weakens',
      what: `pages where people type their passwords say what somebody wrote: ${listed(changed.flatMap(([locale, own]) => Object.keys(own).map((name) => `${name} (${locale})`)))}`,
      hint: 'take the texts away in Keycloak (Realm settings, Localization), or accept them',
      field: 'localizationTexts',
      held: plain(Object.fromEntries(changed)),
    }),
  ];
};
