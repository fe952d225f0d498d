import type { Spec, SpecValue } from '../../../core/resource.ts';
import { Secret } from '../../../core/secret.ts';
import { defineSpec, isSpec, map, set, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';
import { inside } from './id.ts';

/** What is plugged into a realm: a directory and its mappers, a key, a policy for clients that people make themselves. */
export const component = defineSpec('keycloak.component', {
  always: {
    name: text({ immutable: true }),
    providerId: text({ immutable: true }),
    providerType: text({ immutable: true }),
  },
  fields: {
    subType: text({ immutable: true, default: null }),
    /** The name of the one that it is part of; nothing where it is part of the realm. */
    parent: text({ immutable: true, default: null }),
    config: map(set(text()), { default: {}, access: 'who is believed, and by which keys' }),
  },
  /** Two of different types may have one name. */
  id: (realm: string, within: string, name: string): string => inside(realm, within, name),
});
export type ComponentSpec = SpecOf<typeof component>;

/** What a component stands in, as its address says it. */
export const within = ({ parent, providerType, subType }: { readonly parent?: string | null; readonly providerType: string; readonly subType?: string | null }): string =>
  parent ?? (subType ? `${providerType}.${subType}` : providerType);

/** Every value is a list at Keycloak, and one text is a list of one. A secret stands alone, so that it is found. */
export const listsIn = (config: SpecValue | undefined): Readonly<Record<string, SpecValue>> =>
  Object.fromEntries(
    Object.entries(isSpec(config) ? config : {}).map(([field, value]) => {
      if (Array.isArray(value)) return [field, value.length === 1 && value[0] instanceof Secret ? value[0] : value];
      return [field, value === null || value instanceof Secret ? value : [String(value)]];
    }),
  );

/** One entry of `raw.keycloak.entities.components`, or of the parts of one. */
interface StatedComponent {
  /** Its path below the section: `directory`, `directory.subComponents.email`. */
  readonly path: string;
  /** `name`, where the key is another: two may have one name. */
  readonly name: string;
  readonly parent: string | undefined;
  readonly place: string;
  readonly id: string;
  /** Of what it is part of. */
  readonly aboveId: string | undefined;
  readonly fields: Spec;
}

export const statedComponents = (section: SpecValue | undefined, realm: string): readonly StatedComponent[] =>
  entriesIn(section).flatMap(([key, fields]) => {
    const top = statedAs(realm, key, { key, fields, parent: undefined, aboveId: undefined });
    const parts = entriesIn(fields.subComponents).map(([part, own]) => statedAs(realm, `${key}.subComponents.${part}`, { key: part, fields: own, parent: top.name, aboveId: top.id }));
    return [top, ...parts];
  });

const statedAs = (realm: string, path: string, { key, fields, ...above }: { readonly key: string; readonly fields: Spec } & Pick<StatedComponent, 'parent' | 'aboveId'>): StatedComponent => {
  const name = typeof fields.name === 'string' ? fields.name : key;
  const place = within({ providerType: String(fields.providerType), subType: typeof fields.subType === 'string' ? fields.subType : null, parent: above.parent ?? null });
  return { path, name, place, id: component.id(realm, place, name), fields, ...above };
};

const entriesIn = (section: SpecValue | undefined): readonly (readonly [string, Spec])[] => (isSpec(section) ? Object.entries(section).map(([key, fields]) => [key, isSpec(fields) ? fields : {}]) : []);
