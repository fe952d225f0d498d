local typedefs = require "kong.db.schema.typedefs"

return {
  name = "authctl-token-cookie",
  fields = {
    { consumer = typedefs.no_consumer },
    { protocols = typedefs.protocols_http },
    { config = {
        type = "record",
        fields = {
          { cookie = { description = "The cookie's name. Its prefix makes a browser refuse one that another host or plain http planted.",
              type = "string", required = true,
              match_any = { patterns = { "^__Host%-[%w_-]+$", "^__Secure%-[%w_-]+$" }, err = "must begin with __Host- or __Secure-" } } },
          { same_site = { description = "Whether the cookie comes along when another site links here: Lax, or never: Strict.",
              type = "string", required = true, default = "Strict", one_of = { "Lax", "Strict" } } },
          { allowed_origins = { description = "Origins that may set and clear the cookie, besides the request's own.",
              type = "array", required = true, default = {}, elements = { type = "string", match = "^https?://[^/]+$" } } },
          { csrf_header = { description = "The header that stands for Origin when a client sends neither Origin nor Sec-Fetch-Site.",
              type = "string", required = true, default = "X-Requested-With", match = "^[%w-]+$" } },
        },
    } },
  },
}
