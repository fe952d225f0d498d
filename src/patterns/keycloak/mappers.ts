import type { Scope } from '../../blueprint/types.ts';
import type { MapperSpec } from '../../providers/keycloak/specs/mapper.ts';

/** Mappers as the blueprint states them, as a spec has them: Keycloak keeps texts alone. */
export const mapperSpecs = (mappers: Scope['mappers']): Readonly<Record<string, MapperSpec>> =>
  Object.fromEntries(
    Object.entries(mappers).map(([name, { type, config }]) => [
      name,
      { protocolMapper: type, config: Object.fromEntries(Object.entries(config).map(([field, value]) => [field, typeof value === 'string' ? value : JSON.stringify(value)])) },
    ]),
  );
