--- Stands in for resty.openssl.pkey: a spec says which signatures hold, `fake.holds = function(asked) return true end` with asked = { jwk, signature,
-- signed, digest, padding, options }. What was asked is kept. The real one is tried through the stand-in.

local fake = { asked = {}, made = 0 }

function fake.reset()
  fake.asked, fake.made, fake.holds, fake.unreadable = {}, 0, function() return true end, nil
end
fake.reset()

local key = {}
key.__index = key

function key:verify(signature, signed, digest, padding, options)
  local asked = { jwk = self.jwk, signature = signature, signed = signed, digest = digest, padding = padding, options = options }
  fake.asked[#fake.asked + 1] = asked
  local holds = fake.holds(asked)
  if holds then return true end
  return false, "pkey:verify: wrong"
end

package.preload["resty.openssl.pkey"] = function()
  return { new = function(jwk, options)
    assert(options.format == "JWK", "the format of a key is said")
    fake.made = fake.made + 1
    if fake.unreadable then return nil, fake.unreadable end
    return setmetatable({ jwk = jwk }, key)
  end }
end

return fake
