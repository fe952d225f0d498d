--- Lists of values, as JSON and configurations have them.

local lists = {}

function lists.contains(list, value)
  for _, item in ipairs(list) do
    if item == value then return true end
  end
  return false
end

--- { value = true } for each.
function lists.set_of(list)
  local set = {}
  for _, item in ipairs(list) do set[item] = true end
  return set
end

return lists
