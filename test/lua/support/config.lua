--- Configurations as Kong hands them to a plugin.

local config = {}

package.loaded["kong.db.schema.typedefs"] = package.loaded["kong.db.schema.typedefs"] or { no_consumer = {}, protocols_http = {} }

local lua_types = { string = "string", boolean = "boolean", integer = "number", number = "number", array = "table", record = "table" }

--- A configuration as Kong would hand it over: the schema's defaults, and what is given. A field the schema lacks is an error.
function config.of(plugin, given)
  local fields
  for _, field in ipairs(require("kong.plugins." .. plugin .. ".schema").fields) do
    if field.config then fields = field.config.fields end
  end
  local known, made = {}, {}
  for _, entry in ipairs(fields) do
    local name, field = next(entry)
    known[name] = field
    made[name] = field.default
  end
  for name, value in pairs(given or {}) do
    assert(known[name], plugin .. " has no field " .. name)
    assert(type(value) == lua_types[known[name].type], plugin .. "." .. name .. " has another type")
    made[name] = value
  end
  return made
end

return config
