--- Remembers which proofs were shown (RFC 9449, section 11.1): in the memory of one Kong node, or in Redis for many.

local redis = require "kong.plugins.authctl-token-guard.redis"

local memory = {}

--- Notes it in nginx for `seconds`; false when it was there, nil and the error when that cannot be known.
local function on_this_node(conf, proof, seconds)
  local dict = ngx.shared[conf.dpop_dict]
  if not dict then return nil, "there is no lua_shared_dict " .. conf.dpop_dict end
  local added, err = dict:safe_add(proof, true, seconds)
  if added then return true end
  if err == "exists" then return false end
  return nil, tostring(err)
end

--- The same in Redis: one command, so that of two nodes that ask at once one is first.
local function on_all_nodes(conf, proof, seconds)
  local said, err = redis.use(conf, function(client)
    return client:set("authctl-proof:" .. proof, "1", "NX", "EX", string.format("%d", math.ceil(seconds)))
  end)
  if err then return nil, err end
  if said == "OK" then return true end
  if said == ngx.null then return false end
  return nil, "redis: an answer that is none"
end

--- True when the proof (its hash) is noted now, for `seconds` at least; false when it was shown before; nil and the error when that cannot be known. What
-- could not be noted is not to be taken: it could be shown again.
function memory.once(conf, proof, seconds)
  local noted, err = (conf.dpop_store == "redis" and on_all_nodes or on_this_node)(conf, proof, seconds)
  if noted == nil then return nil, "proofs cannot be noted: " .. tostring(err) end
  return noted
end

return memory
