import type { Scope } from '../../blueprint/types.ts';
import { Secret } from '../../core/secret.ts';
import { readMapper } from '../../providers/keycloak/specs/mapper.ts';
import type { MapperSpec } from '../../providers/keycloak/specs/mapper.ts';

/** Mappers as the blueprint states them, as a spec has them: Keycloak keeps texts alone. */
export const mapperSpecs = (mappers: Scope['mappers']): Readonly<Record<string, MapperSpec>> =>
  Object.fromEntries(
    Object.entries(mappers).map(([name, { type, config }]) => [
      name,
      readMapper({ protocolMapper: type, config: Object.fromEntries(Object.entries(config).map(([field, value]) => [field, typeof value === 'string' || value instanceof Secret ? value : JSON.stringify(value)])) }),
    ]),
  );
