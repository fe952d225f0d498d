# METADATA
# title: The question of Kong Enterprise's opa plugin, as the policy asks it
# description: |
#   Goes beside the policy, under the policy's own first name (shop), when targets.kong.edition is enterprise. The plugin sends the request
#   with its headers and the route that Kong took; openid-connect has verified the token before it asks. Nothing else may reach OPA.
package shop.kong_enterprise

# METADATA
# description: A plain yes or no, which is what the plugin takes.
default allow := false

allow if data.shop.authz.allow with input as question

# A route is named <blueprint>.<service>.<route>.
question := {
	"request": {"method": input.request.http.method, "path": input.request.http.path},
	"route": {"service": names[1], "id": names[2]},
	"token": claims,
	"source": "kong",
} if {
	count(names) == 3
	names[0] == "shop"
}

# `shop.orders.read~2` is the second that the route lists.
names := split(split(input.route.name, "~")[0], ".")

claims := json.unmarshal(base64url.decode(parts[1])) if {
	startswith(lower(authorization), "bearer ")
	parts := split(substring(authorization, 7, -1), ".")
	count(parts) == 3
}

# A header that came twice is a list, and no question.
authorization := input.request.http.headers.authorization if is_string(input.request.http.headers.authorization)
