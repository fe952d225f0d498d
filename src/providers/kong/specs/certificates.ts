import { defineSpec, secret, text } from '../../../core/spec.ts';
import { withId } from './references.ts';

/** A certificate and its key, for TLS at the proxy or towards an upstream; its id is made of the name that the blueprint gives it. */
export const certificate = defineSpec('kong.certificate', {
  always: { id: text() },
  fields: { cert: text(), key: secret(), cert_alt: text({ default: null }), key_alt: secret({ default: null }) },
});

/** A server name that a certificate is shown for. */
export const sni = defineSpec('kong.sni', { always: { name: text(), certificate: withId() }, fields: {} });

/** A CA that certificates of clients or upstreams are held against; its id is made of the name that the blueprint gives it. */
export const caCertificate = defineSpec('kong.ca_certificate', {
  always: { id: text() },
  fields: { cert: text({ access: 'whose certificates are believed' }), cert_digest: text({ readOnly: true, about: 'made by Kong' }) },
});
