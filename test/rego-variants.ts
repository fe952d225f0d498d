import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** blueprints/sso.yaml with policies that were written for something else: each shape of question, and roots, decisions and answers of their own. */
const VARIANTS = {
  /** OPA's plugin for Envoy: packages and data below a root of their own, a decision that is an object with `allowed`. */
  envoy: 'pattern: centralised, policy: POLICIES/envoy, decision: envoy/authz/decision, input: envoy, roots: [envoy]',
  /** Kong Enterprise's opa: each service has a decision of its own, one a plain yes, the other an object. */
  kong: 'pattern: centralised, policy: POLICIES/gateway, decision: gateway/orders/allow, input: kong, roots: [gateway]',
  /** An input of its own, and `permitted` for a yes. */
  mapping:
    'pattern: centralised, policy: POLICIES/access, decision: access/verdict, roots: [access], answer: permitted, input: mapping, fields: { verb: request.method, page: request.segments, ' +
    'who.scopes: token.scope, who.roles: token.realm_access.roles, who.machine: token.client_id, who.name: token.preferred_username }',
  /** A library with a root of its own, and the decision below another: nothing of it stands below the blueprint's name. */
  roots: 'pattern: centralised, policy: DATA/roots, decision: company/http/authz/allow, roots: [company/http, company/people]',
  /** Imports that nothing uses, which `opa check --strict` refuses. */
  unused: 'pattern: centralised, policy: DATA/unused, decision: shop/authz/allow',
  /** Written before OPA 1.0: refused, until `opa fmt --v0-v1` has rewritten it. */
  old: 'pattern: centralised, policy: DATA/old, decision: shop/authz',
} as const;
export type Variant = keyof typeof VARIANTS;
/** Those that OPA takes as they stand. */
export const variants = (Object.keys(VARIANTS) as readonly Variant[]).filter((variant) => variant !== 'old');

const repository = join(import.meta.dirname, '..');
/** The policy that was written before OPA 1.0. */
export const oldPolicy = join(repository, 'test/data/rego/old');

/** The text of a variant; `policy` is where its policy stands, unless it is the one of this repository. */
export const variantText = (variant: Variant, policy?: string): string => {
  const stated = VARIANTS[variant].replace('POLICIES', join(repository, 'policies')).replace('DATA', join(repository, 'test/data/rego'));
  const text = readFileSync(join(repository, 'blueprints/sso.yaml'), 'utf8').replace(/\nauthorization:\n( {2}.*\n)+/, `\nauthorization: { ${policy === undefined ? stated : stated.replace(/policy: [^,]+/, `policy: ${policy}`)} }\n`);
  return variant === 'kong' ? text.replace('    audience: invoices\n', '    audience: invoices\n    decision: gateway/invoices/answer\n') : text;
};
