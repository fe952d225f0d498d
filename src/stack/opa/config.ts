import { pathToFileURL } from 'node:url';
import type { ExistingBundle, StackNeeds } from '../types.ts';

interface Store {
  readonly url: string;
  readonly token: string;
}

const POLLING = { min_delay_seconds: 1, max_delay_seconds: 2 };

/**
 * OPA's configuration (openpolicyagent.org/docs/configuration): one bundle, asked for every second or two. `status` is on because it is
 * the only place where a rejected bundle shows; decision logs are off because a decision's input holds tokens.
 */
export const opaConfig = (needs: StackNeeds, store: Store): unknown => ({ ...(needs.existingBundle ? existing(needs.existingBundle, store) : own(needs, store)), status: { prometheus: true } });

const serviceAt = ({ url, token }: { readonly url: string; readonly token?: string }) => ({ url, response_header_timeout_seconds: 5, ...(token !== undefined && { credentials: { bearer: { token } } }) });

/** `key` of OPA's own configuration wants the PEM text itself. */
const own = ({ name, bundleKey: key }: StackNeeds, store: Store) => ({
  services: { bundles: serviceAt(store) },
  bundles: { [name]: { service: 'bundles', resource: `/bundles/${name}.tar.gz`, polling: POLLING, ...(key && { signing: { keyid: key.id } }) } },
  ...(key && { keys: { [key.id]: { algorithm: key.algorithm, key: key.publicKey } } }),
});

/** The bundle of somebody else, from wherever the blueprint says. One that is a file OPA reads once, when it starts. */
const existing = ({ name, from, keys, scope }: ExistingBundle, store: Store) => {
  const signed = Object.keys(keys).length > 0 && { signing: { ...(scope !== undefined && { scope }) } };
  if ('file' in from) return { bundles: { [name]: { resource: pathToFileURL(from.file).href, ...signed } }, ...(signed && { keys }) };
  const url = 'url' in from ? new URL(from.url) : undefined;
  return {
    services: { bundles: serviceAt('url' in from ? { ...from, url: new URL(from.url).origin } : store) },
    bundles: { [name]: { service: 'bundles', resource: 'stored' in from ? `/bundles/${from.stored}` : (url?.pathname ?? ''), polling: POLLING, ...signed } },
    ...(signed && { keys }),
  };
};
