package shop.authz
