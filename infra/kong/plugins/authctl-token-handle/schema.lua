local typedefs = require "kong.db.schema.typedefs"

return {
  name = "authctl-token-handle",
  fields = {
    { consumer = typedefs.no_consumer },
    { protocols = typedefs.protocols_http },
    { config = {
        type = "record",
        fields = {
          { endpoint_url = { description = "The issuer's token or revocation endpoint that this route stands for.",
              type = "string", required = true, match = "^https?://[^%s?#@]+$" } },
          { allow_plain_http = { description = "Accept an endpoint without TLS: on a developer's machine only.",
              type = "boolean", required = true, default = false } },
          { ssl_verify = { description = "Verify the endpoint's certificate.", type = "boolean", required = true, default = true } },
          { timeout_ms = { description = "Milliseconds to connect, and to answer, at most.",
              type = "integer", required = true, default = 5000, between = { 1, 60000 } } },
          { handle_ttl = { description = "Seconds a handle lives when the issuer does not say how long its token does.",
              type = "integer", required = true, default = 3600, gt = 0 } },
          { handle_store = { description = "Where handles are kept: memory (one node, a lua_shared_dict) or redis.",
              type = "string", required = true, default = "memory", one_of = { "memory", "redis" } } },
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
        },
    } },
  },
  entity_checks = {
    { conditional = { if_field = "config.handle_store", if_match = { eq = "redis" }, then_field = "config.redis_host", then_match = { required = true } } },
  },
}
