require "support.fake_http"
local host = require "support.host"
local tokens = require "support.tokens"

local guard = "authctl-token-guard"

--- What Kong's database holds and how often it was asked; `fails` makes it break down.
local held, asked, fails

local function database()
  return {
    consumers = {
      cache_key = function(_, username) return "consumers:" .. username .. ":::::" end,
      select_by_username = function(_, username)
        asked = asked + 1
        if fails == "consumers" then return nil, "the database is away" end
        return held[username] and { id = "id of " .. username, username = username }
      end,
    },
    jwt_secrets = {
      each_for_consumer = function(_, consumer)
        asked = asked + 1
        local rows, at = held[string.match(consumer.id, "^id of (.*)$")], 0
        return function()
          at = at + 1
          if fails == "keys" and at == 2 then return false, "the database is away" end
          return rows[at] and { key = rows[at], consumer = consumer } or nil
        end
      end,
    },
  }
end

local function status(kid, given)
  local base = { issuer = tokens.issuer, audience = tokens.audience, pinned_consumer = "shop.issuer" }
  for name, value in pairs(given or {}) do base[name] = value end
  local request = host.request()
  request.headers.Authorization = "Bearer " .. tokens.make({}, { kid = kid })
  local refused = host.access(guard, host.config(guard, base), request)
  return refused and refused.status or "goes on to jwt"
end

before_each(function()
  held, asked, fails = { ["shop.issuer"] = { "old", "new" }, partner = { "theirs" } }, 0, nil
  kong.db = database()
  host.clear_cache()
  host.take_log()
  host.new_worker()
end)
after_each(function() kong.db = nil end)

describe("keys that are pinned", function()
  it("are known by the credentials of the issuer's consumer, an old one and a new one alike", function()
    assert.are.equal("goes on to jwt", status("old"))
    assert.are.equal("goes on to jwt", status("new"))
    assert.are.equal(401, status("forged"))
  end)

  it("are no keys of other consumers", function()
    assert.are.equal(401, status("theirs"))
    assert.are.equal(401, status("old", { pinned_consumer = "partner" }))
  end)

  it("cost one look however many ids are made up, and none for those that are known", function()
    for at = 1, 1000 do assert.are.equal(401, status("forged-" .. at)) end
    for _ = 1, 1000 do assert.are.equal("goes on to jwt", status("old")) end
    assert.are.equal(2, asked)
    host.new_worker()
    assert.are.equal(401, status("forged"))
    assert.are.equal(2, asked)
  end)

  it("are looked for again when the cool-down is over, and not before", function()
    assert.are.equal(401, status("next"))
    held["shop.issuer"] = { "new", "next" }
    assert.are.equal(401, status("next"))
    host.now = host.now + 1.001
    assert.are.equal("goes on to jwt", status("next"))
    assert.are.equal(4, asked)
  end)

  it("that have gone are jwt's to refuse, until the list is read anew", function()
    assert.are.equal("goes on to jwt", status("old"))
    held["shop.issuer"] = { "new" }
    host.now = host.now + 1.001
    assert.are.equal("goes on to jwt", status("old"))
    assert.are.equal(401, status("forged"))
    assert.are.equal(401, status("old"))
  end)

  it("are none where there is no such consumer", function()
    assert.are.equal(401, status("old", { pinned_consumer = "nobody" }))
  end)

  it("that cannot be read leave the judgement to jwt, and say so", function()
    for _, which in ipairs({ "consumers", "keys" }) do
      fails = which
      assert.are.equal("goes on to jwt", status("forged"))
      assert.is_truthy(string.find(table.concat(host.take_log(), "\n"), "the keys of shop.issuer cannot be read: .*the database is away"))
    end
    fails = nil
    assert.are.equal(401, status("forged"))
  end)

  it("that are known count on when the database is away", function()
    assert.are.equal("goes on to jwt", status("old"))
    fails = "consumers"
    host.now = host.now + 10
    assert.are.equal("goes on to jwt", status("old"))
  end)

  it("are not looked for where no consumer is named, or the token is refused for something else", function()
    local plain = host.config(guard, { issuer = tokens.issuer, audience = tokens.audience })
    local request = host.request()
    request.headers.Authorization = "Bearer " .. tokens.make({}, { kid = "forged" })
    assert.is_nil(host.access(guard, plain, request))
    assert.are.equal(401, status("old", { audience = "another" }))
    assert.are.equal(0, asked)
  end)
end)
