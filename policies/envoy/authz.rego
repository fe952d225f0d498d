# METADATA
# title: A policy as one is written for Envoy
# description: |
#   Asked in the shape of OPA's plugin for Envoy (authorization.input: envoy). It knows nothing of the blueprint: which request takes what stands in its own
#   data, and who asks is read from the token that whoever asks it has verified.
package envoy.authz

import data.envoy.caller
import data.envoy.shop
import input.attributes.request.http

# METADATA
# description: A yes by `allowed`, as OPA's plugin for Envoy reads it. Undefined input or data is a refusal.
default decision := {"allowed": false, "reasons": ["no rule takes the request"]}

decision := {"allowed": true} if {
	some rule in shop.rules
	http.method in rule.methods
	glob.match(rule.path, ["/"], concat("/", input.parsed_path))
	rule.scope in caller.scopes
	caller.holds_one_of(object.get(rule, "roles", []))
}
