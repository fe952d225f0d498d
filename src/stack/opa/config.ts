import type { StackNeeds } from '../types.ts';

/** `key` of OPA's own configuration wants the PEM text itself. */
const verification = (key: NonNullable<StackNeeds['bundleKey']>) => ({
  keys: { [key.id]: { algorithm: key.algorithm, key: key.publicKey } },
  signing: { keyid: key.id },
});

/**
 * OPA's configuration (openpolicyagent.org/docs/configuration): one bundle, asked for every second or two. `status` is on because it is
 * the only place where a rejected bundle shows; decision logs are off because a decision's input holds tokens.
 */
export const opaConfig = ({ name, bundleKey }: StackNeeds, { url, token }: { readonly url: string; readonly token: string }): unknown => {
  const signed = bundleKey && verification(bundleKey);
  return {
    services: { bundles: { url, response_header_timeout_seconds: 5, credentials: { bearer: { token } } } },
    bundles: {
      [name]: {
        service: 'bundles',
        resource: `/bundles/${name}.tar.gz`,
        polling: { min_delay_seconds: 1, max_delay_seconds: 2 },
        ...(signed && { signing: signed.signing }),
      },
    },
    ...(signed && { keys: signed.keys }),
    status: { prometheus: true },
  };
};
