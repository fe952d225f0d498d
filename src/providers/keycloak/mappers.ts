import type { Spec, SpecValue } from '../../core/resource.ts';
import type { MapperRep } from './representations.ts';
import { isSpec, payloadOf } from './specs.ts';

/** Protocol mappers by name, as a spec holds them: `{ protocolMapper, config }`. */
export const mapperSpecs = (mappers: readonly MapperRep[] | undefined): Spec =>
  Object.fromEntries((mappers ?? []).map(({ name, protocolMapper, config }) => [name, { protocolMapper, config: { ...config } }]));

/** The full set of mappers as it is sent. A mapper that is already there keeps its id, so that Keycloak updates it in place. */
export const mapperReps = (specs: SpecValue | undefined, protocol: string, held: readonly MapperRep[] = []): MapperRep[] =>
  Object.entries(isSpec(specs) ? specs : {}).map(([name, spec]) => {
    const id = held.find((mapper) => mapper.name === name)?.id;
    return { ...(id !== undefined && { id }), name, protocol, consentRequired: false, ...(payloadOf(spec) as { protocolMapper: string }) };
  });
