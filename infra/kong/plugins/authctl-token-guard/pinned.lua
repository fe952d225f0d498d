--- The ids of the keys that Kong holds for the issuer (`keys: pinned`). jwt asks the database for each id that it has not seen, and whoever forges tokens can
-- make up as many as there are letters. So an id that is none of the issuer's is refused before jwt sees it, and the list is read anew at most once in a
-- cool-down on a node, whatever is sent.
--
-- An id that this worker has seen in a list goes on to jwt, which knows by itself that a key has gone. A list that cannot be read refuses nobody: jwt
-- looks for itself then.

local pinned = {}

--- Seconds for which an id that is not in the list counts as unknown without a look: how long a new key may go unseen while somebody sends forged ids.
local cool_down = 1

local options = { ttl = cool_down, neg_ttl = cool_down }

--- What this worker knows, by consumer: the ids of the last list that it has read.
local known = {}

--- The ids of a consumer's credentials, as a set; nil and the error.
local function read(username)
  local consumer, err = kong.db.consumers:select_by_username(username)
  if err then return nil, err end
  local kids = {}
  if not consumer then return kids end
  for credential, problem in kong.db.jwt_secrets:each_for_consumer({ id = consumer.id }, 1000) do
    if problem or not credential then return nil, problem or "no credential" end
    kids[credential.key] = true
  end
  return kids
end

--- False for an id that is no credential's of the consumer, as far as can be known.
function pinned.may_know(username, kid)
  local name = "authctl-token-guard:" .. kong.db.consumers:cache_key(username)
  if known[name] and known[name][kid] then return true end
  local kids, err = kong.cache:get(name, options, read, username)
  if type(kids) ~= "table" then
    kong.log.err("the keys of ", username, " cannot be read: ", err)
    return true
  end
  known[name] = kids
  return kids[kid] == true
end

return pinned
