--- Kong's own `jwt` on the shim of the PDK, from a checkout of Kong behind this folder in package.path: what it asks of Kong beyond the shim stands here.

local cjson = require "cjson.safe"

local folder = string.match(assert(package.searchpath("kong.plugins.jwt.jwt_parser", package.path)), "^(.*/)")
local keys = {}

kong.db = {
  jwt_secrets = {
    cache_key = function(_, key) return "jwt_secrets:" .. key end,
    select_by_key = function(_, key) return keys[key] end,
  },
  consumers = { cache_key = function(_, id) return "consumers:" .. id end },
}
kong.client.load_consumer = function(id) return { id = id, username = "issuer" } end
kong.client.authenticate = function(consumer, credential) ngx.ctx.client = { consumer = consumer, credential = credential } end
kong.client.get_consumer = function() return ngx.ctx.client and ngx.ctx.client.consumer end
kong.client.get_credential = function() return ngx.ctx.client and ngx.ctx.client.credential end
kong.request.get_query = ngx.req.get_uri_args

local bundled = dofile(folder .. "handler.lua")
local handler = { PRIORITY = bundled.PRIORITY, VERSION = bundled.VERSION }

--- `credential` is what a row of jwt_secrets would be.
function handler:access(conf)
  if not conf.ready then
    local credential = assert(cjson.decode(conf.credential))
    keys[credential.key] = credential
    conf.ready = true
  end
  return bundled.access(self, conf)
end

return handler
