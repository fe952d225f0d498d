local typedefs = require "kong.db.schema.typedefs"

return {
  name = "custom-probe",
  fields = {
    { protocols = typedefs.protocols_http },
    { config = { type = "record", fields = {
        { header = typedefs.header_name { required = true, default = "X-Probe" } },
        { value = { type = "string", default = "yes" } },
    } } },
  },
}
