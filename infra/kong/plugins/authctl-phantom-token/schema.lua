local typedefs = require "kong.db.schema.typedefs"

local function strings(field)
  field.type = "array"
  field.required = true
  field.default = field.default or {}
  field.elements = field.elements or { type = "string", len_min = 1 }
  return field
end

return {
  name = "authctl-phantom-token",
  fields = {
    { consumer = typedefs.no_consumer },
    { protocols = typedefs.protocols_http },
    { config = {
        type = "record",
        fields = {
          { introspection_url = { description = "The issuer's introspection endpoint (RFC 7662).",
              type = "string", required = true, match = "^https?://[^%s?#@]+$" } },
          { obtain = { description = "How the JWT is obtained: by token exchange (RFC 8693), in introspection's answer, or by the first offered.",
              type = "string", required = true, default = "introspection", one_of = { "auto", "exchange", "introspection" } } },
          { exchange_url = { description = "The issuer's token endpoint, for token exchange.", type = "string", match = "^https?://[^%s?#@]+$" } },
          { scopes = strings({ description = "Scopes of this API: what is asked of token exchange is those of them that the token has." }) },
          { allow_plain_http = { description = "Accept endpoints of the issuer without TLS: on a developer's machine only.",
              type = "boolean", required = true, default = false } },
          { ssl_verify = { description = "Verify the issuer's certificate.", type = "boolean", required = true, default = true } },
          { client_id = { description = "The client the gateway asks as.", type = "string", required = true, len_min = 1 } },
          { client_secret = { description = "That client's secret.", type = "string", required = true, len_min = 1, referenceable = true, encrypted = true } },
          { auth_method = { description = "How the gateway authenticates at the endpoint.",
              type = "string", required = true, default = "client_secret_basic", one_of = { "client_secret_basic", "client_secret_post" } } },
          { issuer = { description = "What the answer must say as iss.", type = "string", required = true, len_min = 1 } },
          { audience = { description = "What the answer's aud must contain.", type = "string", required = true, len_min = 1 } },
          { header = { description = "Read the token from Authorization: Bearer.", type = "boolean", required = true, default = true } },
          { cookie = { description = "Read the token from the cookie of this name.", type = "string", match = "^[%w!#$%%&'*+.^_`|~-]+$" } },
          { by_value = { description = "What to do with a token that has the form of a JWT: refuse it, or introspect it like any other (lightweight tokens).",
              type = "string", required = true, default = "refuse", one_of = { "refuse", "introspect" } } },
          { handle_store = { description = "What the token is: none when it is the issuer's own; memory or redis when it is a handle of authctl-token-handle.",
              type = "string", required = true, default = "none", one_of = { "none", "memory", "redis" } } },
          { handle_dict = { description = "The lua_shared_dict of the memory store.", type = "string", required = true, default = "authctl_handles" } },
          { redis_host = { description = "Host of the Redis store.", type = "string", len_min = 1 } },
          { redis_port = { description = "Port of the Redis store.", type = "integer", required = true, default = 6379, between = { 1, 65535 } } },
          { redis_username = { description = "User of the Redis store, if it has any.", type = "string", len_min = 1, referenceable = true } },
          { redis_password = { description = "Password of the Redis store.", type = "string", len_min = 1, referenceable = true, encrypted = true } },
          { redis_database = { description = "Database of the Redis store.", type = "integer", required = true, default = 0, between = { 0, 65535 } } },
          { redis_ssl = { description = "Connect to it by TLS.", type = "boolean", required = true, default = false } },
          { redis_ssl_verify = { description = "Verify its certificate.", type = "boolean", required = true, default = true } },
          { redis_timeout_ms = { description = "Milliseconds for each step with it.",
              type = "integer", required = true, default = 1000, between = { 1, 60000 } } },
          { cache_ttl = { description = "Seconds an active token's JWT is kept at most: how long a revocation may go unseen.",
              type = "number", required = true, default = 5, between = { 0, 300 } } },
          { negative_ttl = { description = "Seconds an inactive token is remembered.", type = "number", required = true, default = 5, between = { 0, 300 } } },
          { timeout_ms = { description = "Milliseconds to connect, and to answer, at most.",
              type = "integer", required = true, default = 1000, between = { 1, 10000 } } },
          { max_response_size = { description = "Bytes of an answer at most.",
              type = "integer", required = true, default = 65536, between = { 1024, 1048576 } } },
          { max_token_size = { description = "Bytes of an opaque token at most.",
              type = "integer", required = true, default = 4096, between = { 16, 65536 } } },
          { max_failures_per_minute = { description = "Unknown tokens the issuer is asked about per client address, minute and worker; 0 sets no bound.",
              type = "integer", required = true, default = 120, between = { 0, 1000000 } } },
          { refuse_query_tokens = { description = "Refuse a request that carries a token in its query or form.",
              type = "boolean", required = true, default = true } },
          { query_token_names = strings({ description = "Parameter names that are taken for a token.",
              default = { "access_token", "jwt", "id_token" } }) },
          { strip_headers = strings({ description = "Further request headers to take off; a star at the end stands for any rest." }) },
          { allowed_origins = strings({ description = "Origins that may send unsafe requests with the cookie, besides the request's own.",
              elements = { type = "string", match = "^https?://[^/]+$" } }) },
          { csrf_header = { description = "The header that stands for Origin when a client sends neither Origin nor Sec-Fetch-Site.",
              type = "string", required = true, default = "X-Requested-With", match = "^[%w-]+$" } },
        },
    } },
  },
  entity_checks = {
    { conditional = { if_field = "config.obtain", if_match = { one_of = { "auto", "exchange" } },
        then_field = "config.exchange_url", then_match = { required = true } } },
    { conditional = { if_field = "config.handle_store", if_match = { eq = "redis" }, then_field = "config.redis_host", then_match = { required = true } } },
  },
}
