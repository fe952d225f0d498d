import { payloadOf } from './payload.ts';
import type { MapperRep } from './representations.ts';
import type { MapperSpec } from './specs/mapper.ts';

type Mappers = Readonly<Record<string, MapperSpec | null>>;

/** Protocol mappers by name, as a spec holds them. */
export const mapperSpecs = (mappers: readonly MapperRep[] | undefined): Record<string, object> =>
  Object.fromEntries((mappers ?? []).map(({ name, protocolMapper, config }) => [name, { protocolMapper, config: { ...config } }]));

interface SentMapper extends Readonly<Record<string, unknown>> {
  readonly name: string;
  readonly id?: string;
}

/** The mappers that are stated, as they are sent. One that is already there keeps its id, so that Keycloak updates it in place. */
export const mapperReps = (specs: Mappers | null | undefined, protocol: string, held: readonly MapperRep[] = []): SentMapper[] =>
  Object.entries(specs ?? {}).flatMap(([name, spec]) => {
    if (spec === null) return [];
    const id = held.find((mapper) => mapper.name === name)?.id;
    return [{ ...(id !== undefined && { id }), name, protocol, consentRequired: false, ...payloadOf(spec) }];
  });

/** What is to go of what is there: said to be absent. What nobody states stays. */
export const mappersToGo = (specs: Mappers | null | undefined, held: readonly MapperRep[] = []): readonly MapperRep[] =>
  held.filter(({ name }) => specs !== null && specs !== undefined && Object.hasOwn(specs, name) && specs[name] === null);

/** The whole set as a client takes it, with what others added; nothing where it is as it is to be. */
export const mappersOfClient = (specs: Mappers | null | undefined, protocol: string, held: readonly MapperRep[] = []): readonly object[] | undefined => {
  const wanted = mapperReps(specs, protocol, held);
  const gone = mappersToGo(specs, held);
  const same = wanted.every((one) => held.some((there) => there.name === one.name && sameMapper(there, one)));
  if (same && gone.length === 0) return undefined;
  return [...wanted, ...held.filter((one) => !gone.includes(one) && !wanted.some(({ name }) => name === one.name))];
};

/** Whether a mapper that is there says what is to be sent. */
export const sameMapper = (held: MapperRep, { protocolMapper, config }: SentMapper): boolean =>
  held.protocolMapper === protocolMapper && canonical(held.config) === canonical(config);

const canonical = (config: unknown): string =>
  JSON.stringify(Object.entries(config ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1)));
