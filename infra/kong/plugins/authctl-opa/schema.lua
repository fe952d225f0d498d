local typedefs = require "kong.db.schema.typedefs"

return {
  name = "authctl-opa",
  fields = {
    { consumer = typedefs.no_consumer },
    { protocols = typedefs.protocols_http },
    { config = {
        type = "record",
        fields = {
          { url = { description = "Where OPA answers, without the path of its API.",
              type = "string", required = true, match = "^https?://[^%s?#@]+$" } },
          { decision = { description = "The decision's path, as in /v1/data/<decision>.",
              type = "string", required = true, match = "^[%w_-][%w_/-]*$" } },
          { service = { description = "Sent as input.route.service.", type = "string", len_min = 1 } },
          { route = { description = "Sent as input.route.id.", type = "string", len_min = 1 } },
          { path_template = { description = "The route's path, with variables (/orders/{id}) for input.route.params, or /orders/**; another path is refused.",
              type = "string", match = "^/" } },
          { input = { description = "In which shape OPA is asked: authctl's own, as OPA's plugin for Envoy, as Kong Enterprise's opa, or by fields.",
              type = "string", required = true, default = "authctl", one_of = { "authctl", "envoy", "kong", "mapping" } } },
          { fields = { description = "With input = mapping: name=place, a name in the policy's input and the place in authctl's own (user=token.sub).",
              type = "array", elements = { type = "string", match = "^[%a_][%w_.]*=[%w_.-]+$" } } },
          { blueprint = { description = "With input = kong: what the names of services and routes begin with.", type = "string", len_min = 1 } },
          { answer = { description = "The field of an answer that says yes, where the decision is an object.",
              type = "string", required = true, default = "allow", match = "^[%a_][%w_]*$" } },
          { token = { description = "Bearer credential for OPA itself.", type = "string", len_min = 1, referenceable = true, encrypted = true } },
          { timeout_ms = { description = "Milliseconds to connect, and to answer, at most.",
              type = "integer", required = true, default = 2000, between = { 1, 10000 } } },
          { retry = { description = "Ask again, once, on a new connection, when OPA closed the kept one before it answered; false: on a new one, once.",
              type = "boolean", required = true, default = true } },
          { max_response_size = { description = "Bytes of an answer at most.",
              type = "integer", required = true, default = 65536, between = { 64, 1048576 } } },
          { ssl_verify = { description = "Verify OPA's certificate.", type = "boolean", required = true, default = true } },
          { decision_id_header = { description = "Send OPA's decision id upstream as X-Decision-Id.",
              type = "boolean", required = true, default = false } },
        },
    } },
  },
}
