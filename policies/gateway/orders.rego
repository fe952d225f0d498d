# METADATA
# title: A policy as one is written for the opa plugin of Kong Enterprise, for orders
# description: Asked in that plugin's shape (authorization.input is kong), about one service; another package has another decision for the other.
package gateway.orders

import data.gateway.bearer

# METADATA
# description: A plain yes or no.
default allow := false

reading if input.request.http.method in {"GET", "HEAD"}

allow if {
	reading
	regex.match(`^/orders(/[^/]+)?$`, input.request.http.path)
	"orders:read" in bearer.scopes
}

allow if {
	input.request.http.method == "POST"
	input.request.http.path == "/orders"
	"orders:write" in bearer.scopes
	"order-writer" in bearer.roles
}

allow if {
	input.request.http.method == "DELETE"
	regex.match(`^/orders/[^/]+$`, input.request.http.path)
	"orders:write" in bearer.scopes
	"admin" in bearer.roles
}
