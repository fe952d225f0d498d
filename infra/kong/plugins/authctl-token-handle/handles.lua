--- Handles and the tokens behind them, kept in the memory of one Kong node or in Redis for many. A handle is 256 random bits and says nothing.

local redis_server = require "kong.plugins.authctl-token-guard.redis"

local resty_random = require "resty.random"
local resty_sha256 = require "resty.sha256"
local resty_string = require "resty.string"

local handles = {}

local handle_bytes = 32

--- The store sees the hash alone: who reads it learns no handle that could be sent.
local function key_of(handle)
  local sha256 = resty_sha256:new()
  sha256:update(handle)
  return "authctl-token-handle:" .. resty_string.to_hex(sha256:final())
end

local memory = {}

local function dict_of(conf)
  local dict = ngx.shared[conf.handle_dict]
  if not dict then return nil, "nginx has no lua_shared_dict " .. conf.handle_dict end
  return dict
end

function memory.set(conf, key, token, seconds)
  local dict, err = dict_of(conf)
  if not dict then return nil, err end
  -- A full memory refuses a new handle rather than forget one that is in use.
  local ok
  ok, err = dict:safe_set(key, token, seconds)
  if not ok then return nil, "handles: " .. tostring(err) end
  return true
end

function memory.get(conf, key)
  local dict, err = dict_of(conf)
  if not dict then return nil, err end
  local token
  token, err = dict:get(key)
  if token == nil then return nil, err end
  return token
end

local redis = {}

function redis.set(conf, key, token, seconds)
  return redis_server.use(conf, function(client) return client:set(key, token, "EX", string.format("%d", math.ceil(seconds))) end)
end

function redis.get(conf, key)
  local value, err = redis_server.use(conf, function(client) return client:get(key) end)
  if err then return nil, err end
  return value ~= ngx.null and value or nil
end

local function store_of(conf)
  return conf.handle_store == "redis" and redis or memory
end

--- A new handle for a token, valid for `seconds`; or nil and the error.
function handles.keep(conf, token, seconds)
  local bytes = resty_random.bytes(handle_bytes, true)
  if not bytes or #bytes ~= handle_bytes then return nil, "no randomness" end
  local handle = (string.gsub(ngx.encode_base64(bytes), "[+/=]", { ["+"] = "-", ["/"] = "_", ["="] = "" }))
  local ok, err = store_of(conf).set(conf, key_of(handle), token, seconds)
  if not ok then return nil, err or "the store kept nothing" end
  return handle
end

--- The token behind a handle; nil for a text that is no handle of ours, or one that has ended; nil and the error when the store cannot be asked.
function handles.token(conf, handle)
  if #handle ~= 43 or string.find(handle, "[^%w_-]") then return nil end
  return store_of(conf).get(conf, key_of(handle))
end

return handles
