import { defineSpec, map, record, text } from '../../../core/spec.ts';
import type { Field } from '../../../core/spec.ts';

const fields = {
  /** The provider's name: `oidc-audience-mapper`. */
  protocolMapper: text(),
  config: map(text()),
};
const mapper = record(fields);
export type MapperSpec = NonNullable<(typeof mapper)['valueType']>;

/** Protocol mappers by name. One of ours that is stated no more is taken away; those of others stay, and are told. */
export const mappers: Field<{ readonly [name: string]: MapperSpec | null }> = map(mapper, {
  default: {},
  access: 'the audiences, roles and names that tokens carry',
});

/** One as the blueprint states it: what a reference gives may stand in it as a secret. */
export const readMapper = defineSpec('keycloak.mapper', { always: {}, fields }).read;
