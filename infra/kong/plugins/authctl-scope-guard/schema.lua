local typedefs = require "kong.db.schema.typedefs"

return {
  name = "authctl-scope-guard",
  fields = {
    { consumer = typedefs.no_consumer },
    { protocols = typedefs.protocols_http },
    { config = {
        type = "record",
        fields = {
          { deny_all = { description = "Refuse every caller: for a service whose routes each open what they need.",
              type = "boolean", required = true, default = false } },
          { scopes = { description = "Scopes that the token must hold, all of them.", type = "array", required = true, default = {},
              elements = { type = "string", match = "^[!#-Z^-~%[%]]+$" } } },
          { roles = { description = "Realm roles of which the token must hold one; an empty list asks for none.",
              type = "array", required = true, default = {}, elements = { type = "string", len_min = 1 } } },
          { acr = { description = "Values of the claim acr of which the token must have one, the least first; an empty list takes any (RFC 9470).",
              type = "array", required = true, default = {}, elements = { type = "string", match = "^[!#-Z^-~%[%]]+$" } } },
          { max_age = { description = "Seconds since the sign-in (auth_time) at most; unset takes any (RFC 9470).",
              type = "integer", between = { 1, 31536000 } } },
          { leeway = { description = "Seconds by which clocks may differ where max_age is judged.",
              type = "integer", required = true, default = 10, between = { 0, 60 } } },
          { consumer_username = { description = "The consumer whose credentials are the issuer's keys; unset takes any consumer's.",
              type = "string", len_min = 1 } },
          { identity_headers = { description = "Send X-Auth-Subject, X-Auth-Client, X-Auth-Scope and X-Auth-Roles upstream.",
              type = "boolean", required = true, default = false } },
        },
    } },
  },
}
