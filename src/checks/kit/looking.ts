import { adminBaseOf } from '../../blueprint/issuer.ts';
import { refusesWrites } from '../../blueprint/looking.ts';
import type { TargetName } from '../../blueprint/looking.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import type { Send } from './http.ts';

/** Where each target is managed, by its base URL. */
const managedAt = ({ targets: { keycloak, kong, opa } }: Blueprint): readonly (readonly [TargetName, string])[] => [
  ...(keycloak ? [adminBaseOf(keycloak), keycloak.url].map((base) => ['keycloak', base] as const) : []),
  ...(kong ? [['kong', kong.admin.url.replace(/\/+$/, '')] as const] : []),
  ...(opa?.servers ?? []).map((url) => ['opa', url] as const),
];

/** A sender that sends no write to where a target that is only looked at is managed: what a check or a fixture asks of it there is refused. */
export const lookingOnly = (send: Send, blueprint: Blueprint): Send => {
  const guards = managedAt(blueprint).flatMap(([target, base]) => {
    const refuses = refusesWrites(blueprint, target);
    return refuses ? [{ base, refuses }] : [];
  });
  if (guards.length === 0) return send;
  return async (request) => {
    for (const { base, refuses } of guards) {
      if (!request.url.startsWith(`${base}/`)) continue;
      const path = request.url.slice(base.length);
      // Keycloak is managed below one path; everything else there is for everybody, sign-ins and sign-outs too, but not a new client.
      const refusal = /^\/realms\/(?![^/]+\/clients-registrations\/)/.test(path) ? undefined : refuses(request.method, path);
      if (refusal) throw refusal;
    }
    return send(request);
  };
};
