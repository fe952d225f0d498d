import { payloadOf } from './payload.ts';
import type { MapperRep } from './representations.ts';
import type { MapperSpec } from './specs/mapper.ts';

type Mappers = Readonly<Record<string, MapperSpec | null>>;

/** Protocol mappers by name, as a spec holds them. */
export const mapperSpecs = (mappers: readonly MapperRep[] | undefined): Record<string, object> =>
  Object.fromEntries((mappers ?? []).map(({ name, protocolMapper, config }) => [name, { protocolMapper, config: { ...config } }]));

/** What is stated of mappers, over those that Keycloak itself put there: none of these is taken away with a change of something else. */
export const overShipped = <S extends { readonly mappers?: Mappers | null }>(spec: S, held: readonly MapperRep[] = []): S =>
  spec.mappers == null ? spec : { ...spec, mappers: { ...mapperSpecs(held), ...spec.mappers } };

interface SentMapper extends Readonly<Record<string, unknown>> {
  readonly name: string;
  readonly id?: string;
}

/** The full set of mappers as it is sent. A mapper that is already there keeps its id, so that Keycloak updates it in place. */
export const mapperReps = (specs: Mappers | null | undefined, protocol: string, held: readonly MapperRep[] = []): SentMapper[] =>
  Object.entries(specs ?? {}).map(([name, spec]) => {
    const id = held.find((mapper) => mapper.name === name)?.id;
    return { ...(id !== undefined && { id }), name, protocol, consentRequired: false, ...payloadOf(spec ?? {}) };
  });

/** Whether a mapper that is there says what is to be sent. */
export const sameMapper = (held: MapperRep, { protocolMapper, config }: SentMapper): boolean =>
  held.protocolMapper === protocolMapper && canonical(held.config) === canonical(config);

const canonical = (config: unknown): string =>
  JSON.stringify(Object.entries(config ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1)));
