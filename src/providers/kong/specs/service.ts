import { defineSpec, flag, number, set, text } from '../../../core/spec.ts';
import type { FieldChange, SpecOf } from '../../../core/spec.ts';
import type { Effect } from '../../../core/resource.ts';
import { withId } from './references.ts';

/**
 * What the host of a closed service ends with: the name of an upstream of ours that has no target until all that guards the service is in force, and a
 * name that never resolves (RFC 6761 section 6.4) where that upstream is gone.
 */
export const CLOSED_HOST = '.authctl-closed.invalid';
export const isClosedHost = (host: unknown): boolean => typeof host === 'string' && host.endsWith(CLOSED_HOST);

/** Requests, and the tokens in them, go to whoever is there. */
const elsewhere = ({ live }: FieldChange): Effect => (isClosedHost(live) ? 'breaks' : 'exposes');

/** In less than a second not every service has answered, or even been found. */
export const isTooShort = (milliseconds: unknown): boolean => Number(milliseconds) < 1000;
const tooShort = ({ live, stated }: FieldChange): Effect | undefined => (isTooShort(live) && !isTooShort(stated) ? 'breaks' : undefined);

/** https://developer.konghq.com/gateway/entities/service/ */
export const service = defineSpec('kong.service', {
  always: { name: text() },
  fields: {
    protocol: text({ default: 'http', access: 'whether requests to it can be read on the way', changed: ({ stated }) => (stated === 'https' ? 'exposes' : undefined) }),
    host: text({ about: 'a host, or the name of an upstream', access: 'where requests go that its routes let through', changed: elsewhere }),
    port: number({ default: 80, access: 'where requests go that its routes let through', changed: elsewhere }),
    path: text({ default: null, access: 'where requests go that its routes let through' }),
    retries: number({ default: 5 }),
    connect_timeout: number({ default: 60_000, changed: tooShort }),
    write_timeout: number({ default: 60_000, changed: tooShort }),
    read_timeout: number({ default: 60_000, changed: tooShort }),
    enabled: flag({ default: true, access: 'one that is off lets nothing through', changed: ({ live }) => (live === false ? 'breaks' : undefined) }),
    client_certificate: withId({ default: null }),
    tls_verify: flag({ default: null, access: 'whether another server can stand in for the upstream' }),
    tls_verify_depth: number({ default: null, access: 'which certificates of the upstream are believed' }),
    // Kong keeps a list, but an authority counts the same wherever it stands.
    ca_certificates: set(text(), { default: null, access: 'whose certificates of the upstream are believed' }),
  },
});
export type ServiceSpec = SpecOf<typeof service>;
