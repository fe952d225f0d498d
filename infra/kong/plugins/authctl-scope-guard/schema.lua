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
          { consumer_username = { description = "The consumer whose credentials are the issuer's keys; unset takes any consumer's.",
              type = "string", len_min = 1 } },
          { identity_headers = { description = "Send X-Auth-Subject, X-Auth-Client, X-Auth-Scope and X-Auth-Roles upstream.",
              type = "boolean", required = true, default = false } },
        },
    } },
  },
}
