/** The part of `ngx` that waits or is waited for: sleeps, threads, timers, semaphores, shared dictionaries. */
export const waitChunk = String.raw`
local rt = __rt
local host = rt.host

-- Waiting
ngx.sleep = function(seconds)
  if not rt.can_wait() then error("API disabled in the context of " .. tostring(ngx.get_phase()), 2) end
  rt.wait(host("sleep", seconds))
end
local function report(job, state, a)
  if state == "wait" then host("follow", job.id, a)
  elseif state == "error" then host("log", "err", tostring(a)) job.failed = tostring(a)
  elseif state == "exit" or state == "lost" then host("lost", "an exit from a thread or timer") end
  if job.finished or state ~= "wait" then
    job.finished = true
    for _, token in ipairs(job.waiters or {}) do host("wake", token) end
  end
end
rt.commands.followed = function(id, ...)
  local job = rt.jobs[id]
  if job then report(job, rt.step(job, ...)) end
end
ngx.thread = {
  spawn = function(fn, ...)
    local parent = rt.current()
    local holder = {}
    local started = table.pack(rt.start(parent.request, parent.plugin, parent.phase, parent.waits, function(...)
      holder.results = table.pack(rt.pcall(fn, ...))
    end, ...))
    local job = started[1]
    job.holder = holder
    report(table.unpack(started, 1, started.n))
    return job
  end,
  wait = function(...)
    local threads = { ... }
    while true do
      for _, job in ipairs(threads) do
        if job.finished and not job.taken then
          job.taken = true
          local results = job.holder.results or { n = 2, false, job.failed }
          return table.unpack(results, 1, results.n)
        end
      end
      local token = host("defer")
      for _, job in ipairs(threads) do
        job.waiters = job.waiters or {}
        job.waiters[#job.waiters + 1] = token
      end
      rt.wait(token)
    end
  end,
  kill = function(job) rt.jobs[job.id] = nil job.finished = true return true end,
}
ngx.timer = {
  at = function(delay, fn, ...)
    local args = table.pack(...)
    local id = host("timer", delay, false)
    rt.timers[id] = { fn = fn, args = args }
    return true
  end,
  every = function(delay, fn, ...)
    local id = host("timer", delay, true)
    rt.timers[id] = { fn = fn, args = table.pack(...), again = true }
    return true
  end,
  running_count = function() return 0 end,
  pending_count = function() return 0 end,
}
rt.timers = {}
rt.commands.timer = function(id, premature)
  local timer = rt.timers[id]
  if not timer then return end
  if not timer.again then rt.timers[id] = nil end
  report(rt.start({ id = -id, ctx = {}, plugins = {} }, nil, "timer", true, timer.fn, premature, table.unpack(timer.args, 1, timer.args.n)))
end

local function semaphore_new(count)
  local s = { available = count or 0, waiting = {} }
  function s:count() return self.available - #self.waiting end
  function s:post(n)
    for _ = 1, n or 1 do
      local token = table.remove(self.waiting, 1)
      if token then host("wake", token, true) else self.available = self.available + 1 end
    end
  end
  function s:wait(timeout)
    if self.available > 0 then self.available = self.available - 1 return true end
    if not timeout or timeout <= 0 or not rt.can_wait() then return nil, "timeout" end
    local token = host("defer", timeout)
    self.waiting[#self.waiting + 1] = token
    if rt.wait(token) then return true end
    for i, other in ipairs(self.waiting) do if other == token then table.remove(self.waiting, i) break end end
    return nil, "timeout"
  end
  return s
end
rt.semaphore = semaphore_new
rt.preload["ngx.semaphore"] = function() return { new = semaphore_new } end

-- ngx.shared
local function dict()
  local store = {}
  local function live(key)
    local item = store[key]
    if item and item.expires and item.expires <= host("clock") then store[key] = nil return nil end
    return item
  end
  local function put(key, value, ttl, flags)
    if value == nil then store[key] = nil return true, nil, false end
    store[key] = { value = value, flags = flags, expires = ttl and ttl > 0 and host("clock") + ttl or nil }
    return true, nil, false
  end
  local d = {}
  function d:get(key) local item = live(key) if item then return item.value, item.flags end return nil end
  function d:get_stale(key) local item = store[key] if item then return item.value, item.flags, live(key) == nil end return nil end
  function d:set(key, value, ttl, flags) return put(key, value, ttl, flags) end
  d.safe_set = d.set
  function d:add(key, value, ttl, flags) if live(key) then return false, "exists", false end return put(key, value, ttl, flags) end
  d.safe_add = d.add
  function d:replace(key, value, ttl, flags)
    if not live(key) then return false, "not found", false end
    return put(key, value, ttl, flags)
  end
  function d:delete(key) store[key] = nil return true end
  function d:incr(key, by, init, ttl)
    local item = live(key)
    if not item then
      if not init then return nil, "not found" end
      put(key, init + by, ttl)
      return init + by, nil, false
    end
    if type(item.value) ~= "number" then return nil, "not a number" end
    item.value = item.value + by
    return item.value, nil, false
  end
  function d:ttl(key)
    local item = live(key)
    if not item then return nil, "not found" end
    return item.expires and item.expires - host("clock") or 0
  end
  function d:expire(key, ttl)
    local item = live(key)
    if not item then return nil, "not found" end
    item.expires = ttl > 0 and host("clock") + ttl or nil
    return true
  end
  function d:flush_all() store = {} end
  function d:flush_expired() for key in pairs(store) do live(key) end return 0 end
  function d:get_keys(max)
    local keys = {}
    for key in pairs(store) do if live(key) and (not max or max == 0 or #keys < max) then keys[#keys + 1] = key end end
    return keys
  end
  function d:capacity() return 5242880 end
  function d:free_space() return 5242880 end
  return d
end
ngx.shared = {}
for _, name in ipairs({ "kong", "kong_locks", "kong_healthchecks", "kong_cluster_events", "kong_rate_limiting_counters",
  "kong_core_db_cache",
  "kong_core_db_cache_miss", "kong_db_cache", "kong_db_cache_miss", "kong_secrets", "prometheus_metrics",
  -- Not Kong's own: what our plugins ask nginx to declare.
  "authctl_handles", "authctl_dpop" }) do
  ngx.shared[name] = dict()
end
`;
