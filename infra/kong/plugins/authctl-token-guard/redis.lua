--- One way to a Redis server, for all plugins that keep something there: by the fields `redis_*` of a configuration.

local redis = {}

--- Runs `work` with a connection, which goes back to its pool when nothing went wrong: what it gives, or nil and the error.
function redis.use(conf, work)
  local client = require("resty.redis"):new()
  local timeout = conf.redis_timeout_ms
  client:set_timeouts(timeout, timeout, timeout)
  local database = conf.redis_database
  local username = type(conf.redis_username) == "string" and conf.redis_username or ""
  local ok, err = client:connect(conf.redis_host, conf.redis_port, {
    ssl = conf.redis_ssl, ssl_verify = conf.redis_ssl_verify, server_name = conf.redis_host,
    -- Connections of one pool are logged in to one database as one user.
    pool = string.format("authctl:%s:%d:%d:%s", conf.redis_host, conf.redis_port, database, username),
  })
  if not ok then return nil, "redis: " .. tostring(err) end
  if client:get_reused_times() == 0 then
    if type(conf.redis_password) == "string" then
      if username ~= "" then
        ok, err = client:auth(username, conf.redis_password)
      else
        ok, err = client:auth(conf.redis_password)
      end
    end
    if ok and database ~= 0 then ok, err = client:select(database) end
  end
  local value
  if ok then value, err = work(client) end
  if err then
    client:close()
    return nil, "redis: " .. tostring(err)
  end
  client:set_keepalive(60000, 64)
  return value
end

return redis
