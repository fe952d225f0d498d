# METADATA
# title: May this request pass?
# description: |
#   Decides about one request to a service of the shop. It knows no route, scope or role by name: all of them come from
#   data.shop.blueprint, which authctl writes from the blueprint. Verifying the token's signature and lifetime is the caller's work;
#   the claims it hands over are checked here once more for issuer, audience, scopes and roles. The whole package is the answer:
#   allow and reasons, and nothing else.
# entrypoint: true
package shop.authz

import data.shop.caller
import data.shop.inventory
import data.shop.ownership

# METADATA
# description: True when nothing speaks against the request. Undefined input or data is a refusal.
default allow := false

allow if inventory.open

allow if {
	inventory.closed
	caller.issued_here
	caller.meant_for_service
	caller.scopes_held
	caller.role_held
	ownership.holds
}

# METADATA
# description: Why the request is refused; empty when it is allowed. For logs, never for the client.
reasons contains "the blueprint declares no such route, or the caller named another one" if not inventory.declared

reasons contains "there is no verified token" if {
	inventory.closed
	not caller.verified
}

reasons contains "the token is from another issuer" if {
	inventory.closed
	caller.verified
	not caller.issued_here
}

reasons contains "the token is for another audience" if {
	inventory.closed
	caller.verified
	not caller.meant_for_service
}

reasons contains "a scope is missing" if {
	inventory.closed
	caller.verified
	not caller.scopes_held
}

reasons contains "the route is for people with a role that the caller does not have" if {
	inventory.closed
	caller.verified
	not caller.role_held
}

reasons contains "the object belongs to somebody else, or to nobody" if {
	inventory.closed
	caller.verified
	not ownership.holds
}
