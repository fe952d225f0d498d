package shop.authz

import rego.v1

import data.shop.blueprint
import input.request
import input.source

default allow := false

reading if request.method in {"GET", "HEAD"}

held := split(input.token.scope, " ")

roles := {role | some role in input.token.realm_access.roles} if {
	not input.token.client_id
	not startswith(object.get(input.token, "preferred_username", ""), "service-account-")
}

allow if {
	reading
	request.segments[0] == "orders"
	count(request.segments) <= 2
	"orders:read" in held
}

allow if {
	request.method == "POST"
	request.segments == ["orders"]
	"orders:write" in held
	"order-writer" in roles
}

allow if {
	request.method == "DELETE"
	request.segments = ["orders", _]
	"orders:write" in held
	"admin" in roles
}

allow if {
	reading
	request.segments == ["invoices"]
	"invoices:read" in held
}

allow if {
	reading
	request.segments = ["invoices", _]
	"invoices:read" in held
	count(roles & {"customer", "support"}) > 0
}
