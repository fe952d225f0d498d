/**
 * A blueprint to start from: one service behind Kong, single sign-on, a central policy, two personas and the matrix that proves them.
 * `name` is the ownership mark, `policy` the directory of the Rego files relative to the blueprint.
 */
export const starterBlueprint = (
  name: string,
  policy: string,
): string => `# What the stack of "${name}" must be. "authctl validate" checks this file, "authctl apply" makes it so, "authctl verify" attacks the result.
apiVersion: authctl/v1

# The ownership mark on every live object: apply and destroy touch nothing without it.
name: ${name}

# The live systems. \${NAME:-default} is read from the environment; "authctl stack up" sets all of them for a stack on this machine.
targets:
  keycloak:
    url: "\${KEYCLOAK_URL:-http://localhost:8080}"
    credentials: { clientId: authctl, clientSecret: "\${KEYCLOAK_CLIENT_SECRET}" }
  kong:
    admin: { url: "\${KONG_ADMIN_URL:-http://localhost:8001}" }
    proxy: { url: "\${KONG_PROXY_URL:-http://localhost:8000}" }
  opa:
    servers: ["\${OPA_URL:-http://localhost:8181}"]
    bundle: { publish: "\${BUNDLE_STORE:-file:.authctl/bundles}" }

# The Keycloak realm. What Keycloak leaves open by default is closed without being stated here.
realm:
  tokens: { accessTokenLifespan: 5m, algorithm: RS256 }
  roles:
    customer: { description: Orders things }
    support: { description: Helps customers }
  scopes:
    # A token with this scope carries the audience of the service that demands it.
    orders:read: { audience: orders }
    # Keycloak grants this scope only to people with the role.
    orders:write: { audience: orders, roles: [customer] }
  clients:
    # People sign in with this one: authorization code with PKCE, exact redirect URIs.
    storefront:
      type: public
      redirectUris: ["https://${name}.example/callback"]
      postLogoutRedirectUris: ["https://${name}.example/"]
      scopes: [orders:read, orders:write]
    # A program that acts for itself.
    reports: { type: service, secret: "\${REPORTS_SECRET}", scopes: [orders:read] }

# Who verifies the token: Kong, from the Authorization header.
authentication: { pattern: sso, client: storefront, token: { in: [header] } }

# Who decides: one OPA, asked by Kong. The policy reads routes, scopes and roles from this file, so it names none of them.
authorization: { pattern: centralised, policy: ${policy}, decision: ${name.replaceAll('-', '_')}/authz }

services:
  orders:
    upstream: "\${ORDERS_URL:-http://orders:9101}"
    recorder: "\${ORDERS_RECORDER_URL:-}"
    audience: orders
    routes:
      list: { match: GET /orders, scopes: [orders:read] }
      read: { match: "GET /orders/{id}", scopes: [orders:read] }
      place: { match: POST /orders, scopes: [orders:write], roles: [customer] }
      health: { match: GET /orders/health, public: true }

# Whom verify signs in as.
personas:
  alice: { roles: [customer], password: "\${ALICE_PASSWORD}" }
  sam: { roles: [support], password: "\${SAM_PASSWORD}" }

# The access matrix: who passes where. Everything that is not listed must be refused.
expect:
  alice: { orders: [list, read, place] }
  sam: { orders: [list, read] }
  reports: { orders: [list, read] }
  anonymous: { orders: [health] }
`;

/** A policy of the package root \`from\` moved to \`to\`: the packages, and every reference to them. */
export const movedPolicy = (rego: string, from: string, to: string): string =>
  rego
    .replaceAll(new RegExp(`^package ${from}\\b`, 'gm'), `package ${to}`)
    .replaceAll(new RegExp(`\\bdata\\.${from}\\b`, 'g'), `data.${to}`);
