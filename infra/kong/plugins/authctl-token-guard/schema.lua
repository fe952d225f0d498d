local typedefs = require "kong.db.schema.typedefs"

local algorithms = { "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA" }

local function strings(field)
  field.type = "array"
  field.elements = field.elements or { type = "string", len_min = 1 }
  return field
end

return {
  name = "authctl-token-guard",
  fields = {
    { consumer = typedefs.no_consumer },
    { protocols = typedefs.protocols_http },
    { config = {
        type = "record",
        fields = {
          { public = { description = "The route needs no token: only identity headers and stray tokens are taken off.",
              type = "boolean", required = true, default = false } },
          { issuer = { description = "The one issuer, byte for byte as in the claim iss.", type = "string", len_min = 1 } },
          { audience = { description = "What the claim aud must contain.", type = "string", len_min = 1 } },
          { audience_claim = { description = "What says for whom a token is. client_id: no aud at all, and audience or one of clients as client_id (Cognito).",
              type = "string", required = true, default = "aud", one_of = { "aud", "client_id" } } },
          { algorithms = strings({ description = "Signature algorithms that are accepted.", required = true, default = { "RS256" }, len_min = 1,
              elements = { type = "string", one_of = algorithms } }) },
          { keys = { description = "Who verifies signatures. pinned: the jwt plugin, with keys that Kong holds. followed: this plugin, by jwks_url.",
              type = "string", required = true, default = "pinned", one_of = { "pinned", "followed" } } },
          { jwks_url = { description = "Where the issuer publishes its keys.", type = "string", match = "^https?://[^%s#@]+$" } },
          { jwks_allow_plain_http = { description = "Accept an address of keys without TLS: on a developer's machine only.",
              type = "boolean", required = true, default = false } },
          { jwks_timeout_ms = { description = "Milliseconds to connect, and to answer with the keys, at most.",
              type = "integer", required = true, default = 2000, between = { 100, 10000 } } },
          { jwks_refresh = { description = "Seconds after which the keys are fetched anew: how long one that the issuer has withdrawn may still be taken.",
              type = "integer", required = true, default = 300, between = { 5, 86400 } } },
          { jwks_cool_down = { description = "Seconds in which an unknown key id, or a failure, causes no further fetch: how long a new key may go unseen.",
              type = "integer", required = true, default = 10, between = { 1, 3600 } } },
          { jwks_stale = { description = "Seconds beyond jwks_refresh for which the last good keys are taken while the issuer gives none.",
              type = "integer", required = true, default = 3600, between = { 0, 86400 } } },
          { types = strings({ description = "Header typ values that are accepted; no case, without application/.",
              required = true, default = { "JWT", "at+jwt" }, len_min = 1 }) },
          { typeless = { description = "Accept a header without typ, too.", type = "boolean", required = true, default = false } },
          { token_types = strings({ description = "Values of the claim token_type_claim that are accepted; an empty list looks at none.",
              required = true, default = { "Bearer" } }) },
          { token_type_claim = { description = "The claim by which the issuer tells access tokens from others: typ (Keycloak), token_use (Cognito).",
              type = "string", required = true, default = "typ", match = "^[%w_-]+$" } },
          { header = { description = "Read the token from Authorization: Bearer.", type = "boolean", required = true, default = true } },
          { cookie = { description = "Read the token from the cookie of this name.", type = "string", match = "^[%w!#$%%&'*+.^_`|~-]+$" } },
          { relay = { description = "How the verified token goes upstream: header, cookie or none (taken off by authctl-scope-guard).",
              type = "string", required = true, default = "none", one_of = { "header", "cookie", "none" } } },
          { leeway = { description = "Seconds by which clocks may differ.", type = "integer", required = true, default = 10, between = { 0, 60 } } },
          { max_lifetime = { description = "Seconds between iat and exp at most.", type = "integer", gt = 0 } },
          { max_age = { description = "Seconds since iat at most.", type = "integer", gt = 0 } },
          { clients = strings({ description = "Clients (azp or client_id) whose tokens are accepted; an empty list takes any.",
              required = true, default = {} }) },
          { acr = strings({ description = "Values of the claim acr that are strong enough; an empty list takes any.", required = true, default = {},
              elements = { type = "string", match = "^[!#-Z^-~%[%]]+$" } }) },
          { max_token_size = { description = "Bytes of a token at most.",
              type = "integer", required = true, default = 16384, between = { 256, 65536 } } },
          { refuse_query_tokens = { description = "Refuse a request that carries a token in its query or form.",
              type = "boolean", required = true, default = true } },
          { query_token_names = strings({ description = "Parameter names that are taken for a token.",
              required = true, default = { "access_token", "jwt", "id_token" } }) },
          { refuse_ambiguous_paths = { description = "Refuse a path that the upstream may read as another: an encoded slash, a path parameter, a fragment.",
              type = "boolean", required = true, default = true } },
          { strip_headers = strings({ description = "Further request headers to take off; a star at the end stands for any rest.",
              required = true, default = {} }) },
          { allowed_origins = strings({ description = "Origins that may send unsafe requests with the cookie, besides the request's own.",
              required = true, default = {}, elements = { type = "string", match = "^https?://[^/]+$" } }) },
          { csrf_header = { description = "The header that stands for Origin when a client sends neither Origin nor Sec-Fetch-Site.",
              type = "string", required = true, default = "X-Requested-With", match = "^[%w-]+$" } },
        },
    } },
  },
  entity_checks = {
    { conditional = { if_field = "config.keys", if_match = { eq = "followed" }, then_field = "config.jwks_url", then_match = { required = true } } },
    { conditional = { if_field = "config.public", if_match = { eq = false }, then_field = "config.issuer", then_match = { required = true } } },
    { conditional = { if_field = "config.public", if_match = { eq = false }, then_field = "config.audience", then_match = { required = true } } },
  },
}
