--- Headers that tell the upstream who calls. The token guard has taken off what the client sent under these names.

local claims_check = require "kong.plugins.authctl-token-guard.claims"
local scopes = require "kong.plugins.authctl-scope-guard.scopes"

local identity = {}

--- Bytes that could end a header or a list item are percent-encoded, so that a role named "a,b" stays one role.
local function encode(text)
  return (string.gsub(text, "[^!-$&-+--~]", function(c) return string.format("%%%02X", string.byte(c)) end))
end

local function join(list, separator)
  local encoded = {}
  for index, item in ipairs(list) do encoded[index] = encode(item) end
  return table.concat(encoded, separator)
end

local function send(name, value)
  if value and value ~= "" then
    kong.service.request.set_header(name, value)
  else
    kong.service.request.clear_header(name)
  end
end

--- X-Auth-Subject, X-Auth-Client, X-Auth-Scope (separated by blanks), X-Auth-Roles (by commas); one without a value is not sent.
function identity.send(claims)
  local client = claims_check.client_of(claims)
  send("X-Auth-Subject", encode(claims.sub))
  send("X-Auth-Client", client and encode(client))
  send("X-Auth-Scope", join(scopes.granted(claims), " "))
  send("X-Auth-Roles", join(scopes.roles(claims), ","))
end

return identity
