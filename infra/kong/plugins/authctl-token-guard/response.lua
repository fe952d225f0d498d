--- What a client must not learn from an answer.

local response = {}

--- Takes off every response header that repeats `jwt` or its claims: a token that a plugin put into the request is for services only. Nil does nothing.
function response.withhold(jwt)
  local claims = jwt and string.match(jwt, "^[^.]*%.([^.]+)")
  if not claims then return end
  for name, value in pairs(kong.response.get_headers(1000)) do
    for _, item in ipairs(type(value) == "table" and value or { value }) do
      if string.find(tostring(item), claims, 1, true) then kong.response.clear_header(name) end
    end
  end
end

return response
