import { textsOf } from '../../../core/json.ts';
import type { Effect } from '../../../core/resource.ts';
import { any, defineSpec, flag, map, set, text } from '../../../core/spec.ts';
import type { FieldChange, SpecOf } from '../../../core/spec.ts';
import { boundChanged } from './bounds.ts';
import { runsForHttp } from './protocols.ts';
import { consumerOf, named } from './references.ts';

/** Plugins that decide who passes: where one of ours is gone or off, whoever it turned away gets in, unless something else stands there. */
const DECIDING: ReadonlySet<string> = new Set([
  'acl', 'authctl-opa', 'authctl-phantom-token', 'authctl-scope-guard', 'authctl-session', 'authctl-token-guard', 'basic-auth', 'hmac-auth', 'ip-restriction', 'jwt', 'jwt-signer', 'key-auth',
  'key-auth-enc', 'ldap-auth', 'ldap-auth-advanced', 'mtls-auth', 'oauth2', 'oauth2-introspection', 'opa', 'openid-connect', 'pre-function', 'request-termination', 'saml', 'vault-auth',
]); // prettier-ignore
const decides = (name: unknown): boolean => typeof name === 'string' && DECIDING.has(name);

/** A plugin without any of the protocols of HTTP does nothing there; which of them it names makes no difference (`runsForHttp`). */
const otherProtocols = ({ live, stated, of }: FieldChange): Effect | undefined => {
  if (!runsForHttp(textsOf(stated))) return undefined;
  if (runsForHttp(textsOf(live))) return 'differs';
  return decides(of.name) ? 'opens' : undefined;
};

/** https://developer.konghq.com/gateway/entities/plugin/, known by its instance name. What `config` may hold is said by the plugin's own schema. */
export const plugin = defineSpec('kong.plugin', {
  always: { name: text({ access: 'what it does', missing: (name) => (decides(name) ? 'opens' : undefined) }) },
  fields: {
    instance_name: text({ default: null }),
    enabled: flag({ default: true, access: 'one that is off does nothing', changed: ({ live, of }) => (live === false && decides(of.name) ? 'opens' : undefined) }),
    protocols: set(text(), { default: ['grpc', 'grpcs', 'http', 'https'], access: 'requests it runs for', changed: otherProtocols }),
    service: named({ default: null, access: 'requests it runs for' }),
    route: named({ default: null, access: 'requests it runs for' }),
    consumer: consumerOf({ default: null, access: 'requests it runs for' }),
    config: map(any(), { access: 'what it demands', changed: boundChanged }),
  },
});
export type PluginSpec = SpecOf<typeof plugin>;
