--- What a token grants: scopes (RFC 8693 section 4.2, or a list as some issuers send) and realm roles of Keycloak.

local json = require "kong.plugins.authctl-token-guard.json"
local lists = require "kong.plugins.authctl-token-guard.lists"

local set_of = lists.set_of

local scopes = {}

--- The granted scopes as a list: claim `scope`, else `scp`; text separated by single blanks, or an array. Anything else grants nothing.
function scopes.granted(claims)
  local claim = claims.scope
  if claim == nil then claim = claims.scp end
  local list = {}
  if type(claim) == "string" then
    for scope in string.gmatch(claim, "[^ ]+") do list[#list + 1] = scope end
  elseif json.is_array(claim) then
    for _, scope in ipairs(claim) do
      if type(scope) == "string" then list[#list + 1] = scope end
    end
  end
  return list
end

--- The realm roles as a list: only `realm_access.roles`; a client's roles (`resource_access`) mean something to that client alone.
function scopes.roles(claims)
  local access = claims.realm_access
  local list = {}
  if json.is_object(access) and json.is_array(access.roles) then
    for _, role in ipairs(access.roles) do
      if type(role) == "string" then list[#list + 1] = role end
    end
  end
  return list
end

--- The first of `wanted` that the claims do not grant, or nil.
function scopes.first_missing(claims, wanted)
  local granted = set_of(scopes.granted(claims))
  for _, scope in ipairs(wanted) do
    if not granted[scope] then return scope end
  end
  return nil
end

--- True when the claims hold one of `wanted`, or nothing is wanted.
function scopes.has_any_role(claims, wanted)
  if type(wanted) ~= "table" or #wanted == 0 then return true end
  local held = set_of(scopes.roles(claims))
  for _, role in ipairs(wanted) do
    if held[role] then return true end
  end
  return false
end

return scopes
